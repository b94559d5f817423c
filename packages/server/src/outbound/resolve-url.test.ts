import { expect, test } from 'vitest'
import { resolveUrl } from './resolve-url.ts'

test.each([
  ['https://other.example/x#y', 'https://api.example', 'https://other.example/x'],
  ['/v1/embeddings', 'https://api.example', 'https://api.example/v1/embeddings'],
  ['/v1/embeddings', 'https://api.example/v1', 'https://api.example/v1/embeddings'],
  ['/v1/embeddings', 'https://api.example/v1/', 'https://api.example/v1/embeddings'],
  ['/v1/embeddings', 'https://gateway.example/openai', 'https://gateway.example/openai/v1/embeddings'],
  ['/v1?x=1', 'https://api.example/v1', 'https://api.example/v1?x=1'],
  // A second slash must not turn the path into another host.
  ['//evil.example/x', 'https://api.example', 'https://api.example//evil.example/x'],
])('%s below %s is %s', (url, base, expected) => {
  expect(resolveUrl(url, new URL(base))?.href).toBe(expected)
})

test.each(['/path', 'relative', ''])('%j without a base address is nothing', (url) => {
  expect(resolveUrl(url, null)).toBeNull()
})
