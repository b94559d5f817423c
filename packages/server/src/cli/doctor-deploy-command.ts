/** The command `becket doctor deploy`, below the one of the doctor. */
import type { Registration } from './program.ts'
import { remote } from './remote-command.ts'

export const registerDoctorDeploy: Registration = (program, io, report) => {
  const doctor =
    program.commands.find((command) => command.name() === 'doctor') ??
    program.command('doctor').description('Find out what is wrong')
  remote<{ expectRelease?: string; timeout?: string; document?: boolean }>(
    doctor,
    'deploy',
    'After a deployment: prove that the system that runs is the one that was meant, and that work gets through',
    { io, report },
    async (session, flags) => (await import('./doctor-deploy.ts')).proveDeployment(session, flags),
  )
    .option('--expect-release <version>', 'Every process must run this one')
    .option('--timeout <duration>', 'How long it may take until all is proven (default: 60s)')
    .option('--no-document', 'Send no tiny document through parsing and embedding, which providers charge for')
}
