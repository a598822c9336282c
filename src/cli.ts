#!/usr/bin/env node

const HELP = `Usage: task-gateway          serves the gateway; everything is set by the environment
       task-gateway demo     serves made-up tasks on loopback; needs no setting and no credential
       task-gateway --help   prints this
`

void run(process.argv.slice(2))

/** The package's command: starts one of the programs, which read the environment by themselves. */
async function run(words: readonly string[]): Promise<void> {
  const line = words.join(' ')
  if (line === '') await import('./main.js')
  else if (line === 'demo') await import('./demo.js')
  else if (line === '--help') process.stdout.write(HELP)
  else {
    process.stderr.write(`task-gateway does not know ${JSON.stringify(line)}\n\n${HELP}`)
    process.exitCode = 1
  }
}
