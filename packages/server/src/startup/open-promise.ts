/** A promise that is kept from outside; later Nodes have it as `Promise.withResolvers`. */

export interface OpenPromise {
  promise: Promise<void>
  resolve(): void
  reject(reason: unknown): void
}

export function createPromise(): OpenPromise {
  let resolve = () => {}
  let reject = (_reason: unknown) => {}
  const promise = new Promise<void>((keep, breakIt) => {
    resolve = keep
    reject = breakIt
  })
  return { promise, resolve, reject }
}
