import { WebSocket } from 'ws'
import { record } from './emulator'
import { until } from './exchange'
import type { GraphAnswer, GraphError, TestGateway } from './gateway'
import { RawSocket } from './raw-socket'

export interface Asked {
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
  readonly extensions?: Record<string, unknown>
}

/** One way to the gateway. */
export interface Transport {
  readonly name: 'http' | 'websocket'
  ask(asked: Asked, key?: string): Promise<GraphAnswer>
  /** All of them in one write; the answers in their order. */
  askTogether(asked: readonly Asked[]): Promise<readonly GraphAnswer[]>
}

export function httpTransport({ url }: Pick<TestGateway, 'url'>): Transport {
  return {
    name: 'http',
    async ask(asked, key) {
      const answer = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key !== undefined && { 'x-api-key': key }) },
        body: JSON.stringify(asked),
      })
      return (await answer.json()) as GraphAnswer
    },
    async askTogether(all) {
      const { connect } = await import('node:net')
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      let text = ''
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      const requests = all.map((asked, at) => {
        const body = JSON.stringify(asked)
        const connection = at === all.length - 1 ? 'close' : 'keep-alive'
        return `POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: ${connection}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
      })
      socket.write(requests.join(''))
      await new Promise((resolve) => socket.once('close', resolve))
      return [...text.matchAll(/\r\n\r\n(\{.*\})/g)].map(([, body]) => JSON.parse(body ?? '') as GraphAnswer)
    },
  }
}

export function webSocketTransport({ url }: Pick<TestGateway, 'url'>): Transport {
  return {
    name: 'websocket',
    async ask(asked, key) {
      const socket = await RawSocket.enter(url, key === undefined ? {} : { apiKey: key })
      socket.send({ id: '1', type: 'subscribe', payload: asked })
      const message = await socket.next()
      // The gateway reports a result when the client has it.
      if (message['type'] === 'next') await socket.next()
      await socket.close()
      return answerIn(message)
    },
    async askTogether(all) {
      const socket = await RawSocket.enter(url)
      all.forEach((payload, at) => socket.send({ id: String(at), type: 'subscribe', payload }))
      const isAnswer = ({ type }: Record<string, unknown>) => type === 'next' || type === 'error'
      await until(
        () =>
          socket.messages.filter(isAnswer).length === all.length ||
          socket.socket.readyState === WebSocket.CLOSED,
      )
      const answers = socket.messages.filter(isAnswer)
      await socket.close()
      return answers.sort((a, b) => Number(a['id']) - Number(b['id'])).map(answerIn)
    },
  }
}

function answerIn({ type, payload }: Readonly<Record<string, unknown>>): GraphAnswer {
  if (type === 'error') return { errors: payload as readonly GraphError[] }
  return record(payload)
}
