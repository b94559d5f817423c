/** What the measured Becket signs its callback addresses with: known, so that the load generator can make them too. */
export const serverKey = { id: 'bench', key: 'test-key-of-the-bench' }
