/** What a rendered file is called in our storage, and what is in it: both by the ending of its address. */

const contentTypes: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
  gif: 'image/gif',
  jpg: 'image/jpeg',
  png: 'image/png',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  wav: 'audio/wav',
  srt: 'application/x-subrip',
  ass: 'text/x-ssa',
}

/** `number` from 1. */
export function outputName(jobId: string, number: number, url: string): { key: string; contentType: string } {
  const written = /\.([a-z0-9]{1,5})$/i.exec(new URL(url).pathname)?.[1]?.toLowerCase()
  const contentType = written === undefined ? undefined : contentTypes[written]
  // An ending that nobody knows could be one that a browser runs.
  const extension = contentType === undefined ? 'bin' : written
  return { key: `video/${jobId}/${number}.${extension}`, contentType: contentType ?? 'application/octet-stream' }
}
