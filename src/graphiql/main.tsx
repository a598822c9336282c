import { explorerPlugin } from '@graphiql/plugin-explorer'
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql'
import { createRoot } from 'react-dom/client'
import 'graphiql/setup-workers/vite'
import 'graphiql/style.css'
import '@graphiql/plugin-explorer/style.css'
import './page.css'
import { exampleTabs } from './examples'
import { fetcher } from './fetcher'

const plugins = [HISTORY_PLUGIN, explorerPlugin()]

const root = document.getElementById('graphiql')
if (root === null) throw new Error('index.html has no element #graphiql to draw into')

createRoot(root).render(
  <GraphiQL fetcher={fetcher} plugins={plugins} defaultTabs={exampleTabs}>
    <GraphiQL.Logo>TencentDB tasks</GraphiQL.Logo>
  </GraphiQL>,
)
