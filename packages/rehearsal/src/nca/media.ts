/** What a media file is by its name or its type, and the tiny one that stands for it where there is no FFmpeg. */
import { tinyMp4 } from './mp4.ts'
import { tinyMp3, tinyWav } from './sounds.ts'

export type MediaKind = 'video' | 'image' | 'audio'

export interface Media {
  bytes: Buffer
  contentType: string
}

const types: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  mkv: 'video/x-matroska',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  ogg: 'audio/ogg',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
}

export function extensionOf(name: string): string {
  return /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''
}

/** A name that says nothing is a video's: that is what this toolkit makes. */
export function contentTypeOf(name: string): string {
  return types[extensionOf(name)] ?? 'video/mp4'
}

export function kindOfType(type: string): MediaKind {
  if (type.startsWith('image/')) return 'image'
  return type.startsWith('audio/') ? 'audio' : 'video'
}

export function tinyMedia(name: string, seed: string): Media {
  switch (extensionOf(name)) {
    case 'mp3':
      return { bytes: tinyMp3(seed), contentType: 'audio/mpeg' }
    case 'wav':
      return { bytes: tinyWav(seed), contentType: 'audio/wav' }
    default:
      return { bytes: tinyMp4(seed), contentType: 'video/mp4' }
  }
}
