/**
 * Lays out a form with one file in it as multipart/form-data (RFC 7578): the file's bytes are put between two small parts
 * as they are, never copied, since a document may be most of what the process holds.
 */
import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'

/** The bytes of a file: held, or read anew from where they lie each time they are sent. */
export type FileContent = Buffer | { bytes: number; open: () => Readable }

export interface Multipart {
  /** Sent before the file, so that a server that reads as it comes knows them before the bytes. */
  fields: Readonly<Record<string, string>>
  file: { name: string; content: FileContent; filename: string; mime: string }
}

export function encodeMultipart({ fields, file }: Multipart): { parts: FileContent[]; contentType: string } {
  const boundary = `becket-${randomUUID()}`
  const head: string[] = []
  for (const [name, value] of Object.entries(fields)) {
    head.push(`--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"\r\n\r\n${value}\r\n`)
  }
  head.push(
    `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(file.name)}"; filename="${escaped(file.filename)}"\r\n`,
    `Content-Type: ${oneLine(file.mime)}\r\n\r\n`,
  )
  return {
    parts: [Buffer.from(head.join(''), 'utf8'), file.content, Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1')],
    contentType: `multipart/form-data; boundary=${boundary}`,
  }
}

/** As browsers do (HTML, "multipart/form-data encoding algorithm"); everything else goes as UTF-8. */
function escaped(name: string): string {
  return name.replace(/"/g, '%22').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
}

function oneLine(value: string): string {
  return value.replace(/[\r\n]/g, ' ')
}
