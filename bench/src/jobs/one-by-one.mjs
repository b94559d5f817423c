/** Adds jobs as requests would: each of the producers adds its next one when the last is durably there. */

/**
 * @param {number} count
 * @param {number} producers
 * @param {(number: number) => Promise<unknown>} add
 */
export async function addOneByOne(count, producers, add) {
  let next = 0
  const produce = async () => {
    while (next < count) await add(next++)
  }
  await Promise.all(Array.from({ length: producers }, produce))
}
