/** The checks of what a service stands on: its storage, and the machine that it runs on. */
import type { Check } from './check.ts'

export const machineChecks = {
  STO01: {
    severity: 'critical',
    title: 'The storage does not keep what it is given',
    asks: 'Does an object that was written come back as it was?',
    consequence: 'Uploads and results fail; jobs wait until it works again.',
    remedy: 'See the evidence: a key, a bucket, a network and a full disk are four different faults.',
    needs: 'network',
    mendRank: 53,
  },
  HOST01: {
    severity: 'critical',
    title: 'The disk is full',
    asks: 'Is there room where the data directory lies?',
    consequence: 'Nothing can be stored.',
    remedy: 'Make room, or move the data directory.',
    needs: 'network',
    mendRank: 5,
  },
  HOST02: {
    severity: 'warning',
    title: 'Too few files and sockets may be open',
    asks: 'May this process open as many sockets as a rush needs?',
    consequence: 'Under load, connections are refused: "too many open files".',
    remedy: 'Raise the limit of open files of the service.',
    needs: 'network',
    mendRank: 6,
  },
  HOST03: {
    severity: 'warning',
    title: 'Little memory is left',
    asks: 'Is there memory for a document of the usual size?',
    consequence: 'The system ends the process while it works; what it did is done again.',
    remedy: 'Give it more memory, or lower `worker.slots`.',
    needs: 'network',
    mendRank: 7,
  },
} as const satisfies Record<string, Check>
