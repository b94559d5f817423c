export { type ErrorCode, type ErrorCodeName, errorCodes } from './error-codes.ts'
