import { BadInput } from '../../tasks/bad-input'
import type { GraphContext } from '../context'
import type { Task } from '../schema/task.interface'

const MAX_NODES = 100

/** The task of that id, through the request's loader. @throws BadInput, SourceUnavailable */
export async function loadTask({ loader, view }: GraphContext, id: string): Promise<Task | null> {
  const task = await loader.load(id)
  return task && view(task)
}

/** Each in its place, so that one that fails leaves the others. @throws BadInput where there are too many */
export function loadNodes(context: GraphContext, ids: readonly string[]): readonly Promise<Task | null>[] {
  if (ids.length > MAX_NODES)
    throw new BadInput('ids', `ids has ${ids.length} entries; at most ${MAX_NODES} are allowed`)
  return ids.map((id) => loadTask(context, id))
}
