export { makeLargePdf } from './large-document.ts'
