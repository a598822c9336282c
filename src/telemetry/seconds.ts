/** Upper bounds of a histogram of durations, in seconds: as long as a request may wait. */
export const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8]
