import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { Copy, DockerfileParser, Env, From, type Instruction } from 'dockerfile-ast'

/** A stage of a Dockerfile, carried out in a folder that stands for its root. */
export interface Stage {
  readonly root: string
  readonly environment: Record<string, string>
  workdir: string
  user: string
  entryPoint: readonly string[]
  healthCheck: readonly string[]
}

/** Runs a command of the stage in its work folder; takes the place of the base image's shell. */
export type RunStep = (command: string, folder: string, stageName: string) => Promise<unknown>

const run = promisify(execFile)

/** As the shell of a base image would, but with the programs of this machine. */
export const runInShell: RunStep = (command, cwd) => run('/bin/sh', ['-e', '-c', command], { cwd })

/**
 * Does what a Dockerfile says without an engine: each stage is a folder below `into`. Returns the last stage.
 * @throws Error for a step it does not know, or whose source is missing
 */
export async function buildImage(context: string, into: string, runStep: RunStep): Promise<Stage> {
  const stages = new Map<string, Stage>()
  let name = ''
  for (const step of DockerfileParser.parse(
    readFileSync(join(context, 'Dockerfile'), 'utf8'),
  ).getInstructions()) {
    if (step instanceof From) {
      name = step.getBuildStage() ?? 'last'
      stages.set(name, createStage(join(into, name)))
      continue
    }
    const stage = found(stages, name)
    if (step.getKeyword() === 'RUN') await runStep(textOf(step), join(stage.root, stage.workdir), name)
    else if (step instanceof Copy) copy(step, stage, context, stages)
    else configure(step, stage)
  }
  return found(stages, name)
}

/** The lines of .dockerignore: plain names at the top of the context, so that nothing needs to match patterns. */
export function ignoredNames(context: string): readonly string[] {
  return readFileSync(join(context, '.dockerignore'), 'utf8').split('\n').filter(Boolean)
}

function createStage(root: string): Stage {
  mkdirSync(root)
  return { root, environment: {}, workdir: '/', user: 'root', entryPoint: [], healthCheck: [] }
}

function configure(step: Instruction, stage: Stage): void {
  const keyword = step.getKeyword()
  if (step instanceof Env) {
    for (const property of step.getProperties())
      stage.environment[property.getName()] = property.getValue() ?? ''
  } else if (keyword === 'WORKDIR') {
    stage.workdir = textOf(step)
    mkdirSync(join(stage.root, stage.workdir), { recursive: true })
  } else if (keyword === 'USER') stage.user = textOf(step)
  else if (keyword === 'ENTRYPOINT') stage.entryPoint = wordsOf(step)
  else if (keyword === 'HEALTHCHECK') stage.healthCheck = wordsOf(step)
  else if (keyword !== 'EXPOSE') throw new Error(`nothing here knows the step ${textOf(step)}`)
}

function copy(step: Copy, stage: Stage, context: string, stages: ReadonlyMap<string, Stage>): void {
  const from = step.getFromFlag()?.getValue()
  const origin = from == null ? context : found(stages, from).root
  const ignored = from == null ? ignoredNames(context) : []
  const paths = step.getArguments().map((argument) => argument.getValue())
  const target = join(stage.root, stage.workdir, paths.at(-1) ?? '')
  for (const path of paths.slice(0, -1)) {
    const source = join(origin, path)
    if (!existsSync(source) || isIgnored(origin, source, ignored)) throw new Error(`COPY finds no ${path}`)
    const isIntoFolder = statSync(source).isFile() && (paths.at(-1) ?? '').endsWith('/')
    cpSync(source, isIntoFolder ? join(target, basename(source)) : target, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (each) => !isIgnored(origin, each, ignored),
    })
  }
}

function isIgnored(origin: string, path: string, ignored: readonly string[]): boolean {
  return ignored.includes(relative(origin, path).split(sep)[0] ?? '')
}

function found(stages: ReadonlyMap<string, Stage>, name: string): Stage {
  const stage = stages.get(name)
  if (stage === undefined) throw new Error(`no stage is called ${name}`)
  return stage
}

function textOf(step: Instruction): string {
  return step.getArgumentsContent() ?? ''
}

/** Of a step in its JSON form. */
function wordsOf(step: Instruction): readonly string[] {
  const text = textOf(step)
  return JSON.parse(text.slice(text.indexOf('['))) as string[]
}
