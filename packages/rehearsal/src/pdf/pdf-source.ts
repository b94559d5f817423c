/** Where the bytes of a PDF are read from, piece by piece: a document's pictures and attachments never enter memory. */
import { open } from 'node:fs/promises'

export interface PdfSource {
  length: number
  /** The bytes from `begin` up to, not including, `end`; both lie within `length`. */
  read(begin: number, end: number): Promise<Uint8Array>
  close(): Promise<void>
}

export async function openFileSource(path: string): Promise<PdfSource> {
  const file = await open(path)
  const { size } = await file.stat()
  return {
    length: size,
    async read(begin, end) {
      const bytes = new Uint8Array(end - begin)
      for (let filled = 0; filled < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, begin + filled)
        if (bytesRead === 0) throw new Error('the file became shorter while it was read')
        filled += bytesRead
      }
      return bytes
    },
    close: () => file.close(),
  }
}
