/** The pool alone: all of undici takes twice as long to load, and has Node load its own copy too. */
declare module 'undici/lib/dispatcher/pool' {
  export { Pool as default } from 'undici'
}
