/** pdf.js, loaded when the first document comes, and without the drawing library that it would load and never use here. */
import { createRequire, Module } from 'node:module'
import { dirname, join } from 'node:path'

export type PdfJs = typeof import('pdfjs-dist/legacy/build/pdf.mjs')

const require = createRequire(import.meta.url)

export function loadPdfJs(): Promise<PdfJs> {
  keepCanvasOut()
  return import('pdfjs-dist/legacy/build/pdf.mjs')
}

/** Predefined character maps of Chinese, Japanese and Korean fonts, and the metrics of the fonts that need no embedding. */
export function pdfJsData(): { cMapUrl: string; cMapPacked: true; standardFontDataUrl: string } {
  const home = dirname(require.resolve('pdfjs-dist/package.json'))
  return {
    cMapUrl: `${join(home, 'cmaps')}/`,
    cMapPacked: true,
    standardFontDataUrl: `${join(home, 'standard_fonts')}/`,
  }
}

/**
 * The native canvas takes 22 MB of memory (measured) for drawing pages, and reading text draws nothing. An entry in the
 * module cache answers pdf.js instead, unless somebody else here has loaded the real one.
 */
function keepCanvasOut(): void {
  const pdfJsRequire = createRequire(require.resolve('pdfjs-dist/legacy/build/pdf.mjs'))
  let path: string
  try {
    path = pdfJsRequire.resolve('@napi-rs/canvas')
  } catch {
    // Not installed on this platform: nothing to keep out.
    return
  }
  if (require.cache[path]) return
  const stub = new Module(path)
  stub.exports = { DOMMatrix: class {}, ImageData: class {}, Path2D: class {} }
  stub.loaded = true
  require.cache[path] = stub
}
