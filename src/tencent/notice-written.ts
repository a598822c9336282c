import type { Dispatcher } from 'undici'

/**
 * Tells when a request has got a connection and is written to it: before that it may have waited for one, or for
 * the handshakes of a new one.
 */
export function noticeWritten(onWritten: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart(controller, context) {
        onWritten()
        handler.onRequestStart?.(controller, context)
      },
      onResponseStart: (...start) => handler.onResponseStart?.(...start),
      onResponseData: (...data) => handler.onResponseData?.(...data),
      onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
      onResponseError: (...error) => handler.onResponseError?.(...error),
    })
}
