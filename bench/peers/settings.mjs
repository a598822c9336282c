// @ts-check

/** What every peer is told, by the environment. */
export const settings = {
  port: Number(process.env.PORT),
  upstream: new URL(process.env.UPSTREAM ?? 'http://127.0.0.1:9300'),
  region: process.env.TENCENTCLOUD_REGION ?? '',
  credential: {
    secretId: process.env.TENCENTCLOUD_SECRET_ID ?? '',
    secretKey: process.env.TENCENTCLOUD_SECRET_KEY ?? '',
  },
}
