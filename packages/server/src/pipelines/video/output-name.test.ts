import { describe, expect, test } from 'vitest'
import { isObjectKey } from '../../storage/key.ts'
import { outputName } from './output-name.ts'

describe('the name of a kept file', () => {
  test.each([
    ['https://files.example.org/b/x_output_0.mp4', 'video/job_1/1.mp4', 'video/mp4'],
    ['https://files.example.org/b/X.MOV?signature=a.b', 'video/job_1/1.mov', 'video/quicktime'],
    ['https://files.example.org/b/page.html', 'video/job_1/1.bin', 'application/octet-stream'],
    ['https://files.example.org/b/..%2f..%2fetc', 'video/job_1/1.bin', 'application/octet-stream'],
    ['https://files.example.org/', 'video/job_1/1.bin', 'application/octet-stream'],
  ])('%s → %s', (url, key, contentType) => {
    expect(outputName('job_1', 1, url)).toEqual({ key, contentType })
    expect(isObjectKey(key)).toBe(true)
  })
})
