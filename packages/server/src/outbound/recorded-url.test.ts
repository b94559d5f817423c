import { expect, test } from 'vitest'
import { recordedUrl } from './recorded-url.ts'

const LONG = 'a'.repeat(43)

test.each([
  ['https://user:pass@api.example.org/v1/jobs', 'https://api.example.org/v1/jobs'],
  [
    'https://api.example.org/f.mp4?X-Amz-Signature=abc&part=2',
    'https://api.example.org/f.mp4?X-Amz-Signature=[redacted]&part=[redacted]',
  ],
  [`https://hooks.example.org/t/${LONG}#x`, 'https://hooks.example.org/t/[redacted]'],
  [`https://api.example.org/bots/becket_${'a'.repeat(32)}`, 'https://api.example.org/bots/[redacted]'],
  ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
  ['no address', '(not a URL)'],
])('%s is recorded as %s', (url, expected) => {
  expect(recordedUrl(url)).toBe(expected)
})
