import { SHARED, UNCACHED, type Comparison } from './comparison'
import { CONTESTANTS, GATEWAY, type Contestant } from './contestants'
import { digits } from './markdown'

const WIDTH = 840
const LEFT = 280
/** For names that another font makes longer. */
const MARGIN = 30
const RIGHT = 110
const BAR = 20
const STEP = 28
const HEAD = 52

interface Panel {
  readonly title: string
  readonly value: (contestant: Contestant) => number
  readonly label: (contestant: Contestant) => string
}

/** The main comparison as bars, readable on light and dark pages. */
export function drawChart(comparison: Comparison): string {
  const panels: readonly Panel[] = [
    requests('Uncached, 50 clients: requests a second', comparison, UNCACHED),
    {
      title: 'Uncached, 50 clients: CPU of a query in ms (less is better)',
      value: (contestant) => comparison.of(contestant, UNCACHED).cpuMs,
      label: (contestant) => digits(comparison.of(contestant, UNCACHED).cpuMs),
    },
    requests('Shared within a second, 50 clients: requests a second', comparison, SHARED),
  ]
  const panelHeight = HEAD + CONTESTANTS.length * STEP
  const height = panels.length * panelHeight + 40
  const drawn = panels.map((panel, index) => drawPanel(panel, index * panelHeight)).join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN} 0 ${WIDTH + MARGIN} ${height}" font-family="system-ui, sans-serif" font-size="14" role="img" aria-label="The gateway beside its peers">
<style>
text { fill: #1f2328 } .title { font-weight: 600 } .small { font-size: 12px }
.gateway { fill: #2f81f7 } .peer { fill: #8c959f } .floor { fill: #8c959f; fill-opacity: .25; stroke: #8c959f; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
</style>
${drawn}
<text class="small" x="0" y="${height - 12}">Dashed bars are floors: (e) has no GraphQL, (f) asks no upstream. In brackets: times (a).</text>
</svg>
`
}

function requests(title: string, comparison: Comparison, situation: typeof UNCACHED): Panel {
  return {
    title,
    value: (contestant) => comparison.of(contestant, situation).perSecond,
    label: (contestant) =>
      `${digits(comparison.of(contestant, situation).perSecond)} (${comparison.speed(contestant, situation).median.toFixed(2)} ×)`,
  }
}

function drawPanel({ title, value, label }: Panel, top: number): string {
  const most = Math.max(...CONTESTANTS.map(value))
  const bars = CONTESTANTS.map((contestant, index) => {
    const y = top + HEAD - 10 + index * STEP
    const width = Math.max(1, (value(contestant) / most) * (WIDTH - LEFT - RIGHT))
    const kind = contestant === GATEWAY ? 'gateway' : contestant.isFloor ? 'floor' : 'peer'
    const name = contestant === GATEWAY ? contestant.name : `(${contestant.key}) ${contestant.name}`
    return `<text x="${LEFT - 10}" y="${y + 15}" text-anchor="end">${name}</text>
<rect class="${kind}" x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3"/>
<text class="small" x="${(LEFT + width + 6).toFixed(1)}" y="${y + 14}">${label(contestant)}</text>`
  })
  return `<text class="title" x="0" y="${top + 24}">${title}</text>\n${bars.join('\n')}`
}
