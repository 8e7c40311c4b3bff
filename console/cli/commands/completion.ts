import { Argument, type Command } from 'commander'
import { completionScript } from '../completion-script.ts'
import { runs, type Session } from '../session.ts'

export function completion(program: Command, session: Session): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in your shell: eval "$(outbox completion bash)"')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
    .action(
      runs(session, async ({ ports, args: [shell] }) => {
        // A script for a shell, whatever the output is.
        ports.stdout.write(completionScript(program, shell === 'zsh' ? 'zsh' : 'bash'))
        return undefined
      }),
    )
}
