import { expect, test } from 'vitest'
import { classifyStatus, retryableStatus } from './status-class.ts'

test.each([
  [200, 'success', false],
  [302, 'redirect', false],
  [400, 'rejected', false],
  [401, 'unauthorized', false],
  [403, 'unauthorized', false],
  [404, 'missing', false],
  [408, 'throttled', true],
  [410, 'missing', false],
  [422, 'rejected', false],
  [425, 'throttled', true],
  [429, 'throttled', true],
  [500, 'failing', true],
  [502, 'failing', true],
  [501, 'rejected', false],
  [503, 'failing', true],
  [504, 'failing', true],
] as const)('%d is %s, and trying again helps: %s', (status, statusClass, retryable) => {
  expect(classifyStatus(status)).toBe(statusClass)
  expect(retryableStatus(status)).toBe(retryable)
})
