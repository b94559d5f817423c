/** Imported first: keeps zod from compiling its checks with `new Function`, which a strict content policy reports. */
import { config } from 'zod'

config({ jitless: true })
