/** Work that waits for an answer of somebody else's: whoever starts it goes on once it has called, or is over. */
import { AsyncLocalStorage } from 'node:async_hooks'

/** One holder's work on one claim. */
interface Task {
  over: Promise<void>
  onCall: () => void
}

/** A call that waits for its answer. */
export interface Call<Answer, Asked = string> {
  asked: Asked
  task: Task
  resolve(answer: Answer): void
  reject(error: Error): void
}

export interface Calls<Answer, Asked = string> {
  wait(asked: Asked): Promise<Answer>
  /** One of those that wait, whatever number is drawn; they wait no more. */
  take(which: number): Call<Answer, Asked> | undefined
  takeAll(): Call<Answer, Asked>[]
}

export type Tasks = ReturnType<typeof createTasks>

export function createTasks() {
  // Several are under way at once: a call must resume whoever waits for its own task.
  const present = new AsyncLocalStorage<Task>()
  const running = new Set<Promise<void>>()

  function untilItCalls(task: Task): Promise<void> {
    return new Promise((resolve) => {
      task.onCall = resolve
    })
  }

  return {
    /** Resolves at its first call, or its end. */
    async start(work: () => Promise<void>): Promise<void> {
      const task: Task = { over: Promise.resolve(), onCall: () => {} }
      const called = untilItCalls(task)
      const over = present.run(task, work)
      task.over = over
      running.add(over)
      void over.finally(() => running.delete(over))
      await Promise.race([called, over])
    },

    calls<Answer, Asked = string>(): Calls<Answer, Asked> {
      const waiting: Call<Answer, Asked>[] = []
      return {
        wait(asked) {
          const task = present.getStore()
          if (task === undefined) throw new Error('nobody waits for the answers of this call')
          return new Promise((resolve, reject) => {
            waiting.push({ asked, task, resolve, reject })
            task.onCall()
          })
        },
        take: (which) => waiting.splice(which % Math.max(1, waiting.length), 1)[0],
        takeAll: () => waiting.splice(0),
      }
    },

    /** The caller's work goes on up to its next call, or its end. */
    async resume<Answer, Asked>({ task }: Call<Answer, Asked>, answer: () => void): Promise<void> {
      const called = untilItCalls(task)
      answer()
      await Promise.race([called, task.over])
    },

    over: async () => void (await Promise.all(running)),
  }
}

/** A bug in somebody's code. */
export class ScriptedFault extends Error {}
