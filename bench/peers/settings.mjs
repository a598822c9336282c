// @ts-check

/** What every peer is told, by the environment. */
export const settings = {
  port: Number(process.env.PORT),
  upstream: new URL(process.env.UPSTREAM ?? 'http://127.0.0.1:9300'),
  /** Each region has a list of each product. */
  regions: (process.env.PEER_REGIONS ?? process.env.TENCENTCLOUD_REGION ?? '').split(','),
  products: (process.env.PEER_PRODUCTS ?? 'cdb,postgres').split(','),
  credential: {
    secretId: process.env.TENCENTCLOUD_SECRET_ID ?? '',
    secretKey: process.env.TENCENTCLOUD_SECRET_KEY ?? '',
  },
}
