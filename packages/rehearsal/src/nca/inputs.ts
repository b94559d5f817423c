/** Gets what a job is to be made of, by its addresses. What cannot be had is drawn later, or fails the job: as it is told. */
import { fetchFile } from '../stage/fetch-file.ts'
import { faultOfAddress, type Reach } from '../stage/reach.ts'
import { contentTypeOf, kindOfType, type MediaKind } from './media.ts'

export interface Input {
  kind: MediaKind
  url: string
  /** Null: to be drawn, from its address. */
  bytes: Buffer | null
}

/** `drawn`: what cannot be had is drawn; `required`: it fails the job, as it does in life. */
export type InputMode = 'drawn' | 'required'

export interface GatherOptions {
  reach: Reach
  mode: InputMode
  signal: AbortSignal
}

export async function gatherInputs(
  urls: readonly string[],
  { reach, mode, signal }: GatherOptions,
): Promise<{ kind: 'gathered'; inputs: Input[] } | { kind: 'failed'; message: string }> {
  const inputs: Input[] = []
  for (const url of urls) {
    const fault = faultOfAddress(url, reach, 'the input')
    const file = fault ?? (await fetchFile(url, signal))
    if (typeof file !== 'string') inputs.push({ kind: kindOf(url, file.type), url, bytes: file.bytes })
    else if (mode === 'required') return { kind: 'failed', message: `An input could not be downloaded: ${file}` }
    else inputs.push({ kind: kindOf(url, null), url, bytes: null })
  }
  return { kind: 'gathered', inputs }
}

/** By what it says that it is, where it says so. */
function kindOf(url: string, type: string | null): MediaKind {
  const isTold = type !== null && /^(video|audio|image)\//.test(type)
  return kindOfType(isTold ? type : contentTypeOf(URL.canParse(url) ? new URL(url).pathname : ''))
}
