import { TASK_VIEWS, type TaskView } from '../graphql/schema/task-view'
import { PROVIDERS } from '../providers'
import type { Provider } from '../providers/provider'

/** What the gateway knows of each product: how it is asked, and how its tasks are shown. */
export interface Products {
  readonly providers: readonly Provider[]
  readonly views: readonly TaskView[]
}

/** Those that it ships with. */
export const PRODUCTS: Products = { providers: PROVIDERS, views: TASK_VIEWS }
