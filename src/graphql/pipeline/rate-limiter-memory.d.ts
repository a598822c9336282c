/** The limiter alone: the package loads those for every store as well. */
declare module 'rate-limiter-flexible/lib/RateLimiterMemory' {
  export { RateLimiterMemory as default } from 'rate-limiter-flexible'
}
