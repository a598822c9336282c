import { endpointFor } from '../src/tencent/transport'

const CLOUD = 'https://cdb.tencentcloudapi.com'

it.each([null, 'ap-guangzhou', 'na-ashburn'])('asks region %s at the standard host', (region) => {
  expect(endpointFor(CLOUD, 'cdb', region)).toEqual({ origin: CLOUD, host: 'cdb.tencentcloudapi.com' })
})

it('asks a finance region at its own host', () => {
  expect(endpointFor(CLOUD, 'cdb', 'ap-shanghai-fsi')).toEqual({
    origin: 'https://cdb.ap-shanghai-fsi.tencentcloudapi.com',
    host: 'cdb.ap-shanghai-fsi.tencentcloudapi.com',
  })
})

it.each([
  ['http://127.0.0.1:9300', 'http://127.0.0.1:9300', '127.0.0.1:9300'],
  ['http://[::1]:9300/', 'http://[::1]:9300', '[::1]:9300'],
  [
    'https://cdb.internal.tencentcloudapi.com',
    'https://cdb.internal.tencentcloudapi.com',
    'cdb.internal.tencentcloudapi.com',
  ],
  [
    'https://cdb.tencentcloudapi.com.example',
    'https://cdb.tencentcloudapi.com.example',
    'cdb.tencentcloudapi.com.example',
  ],
])('leaves the configured endpoint %s alone, in finance regions too', (url, origin, host) => {
  expect(endpointFor(url, 'cdb', 'ap-shenzhen-fsi')).toEqual({ origin, host })
})

it('names the host as it is sent: lower case, the port only where it is not the usual one', () => {
  expect(endpointFor('https://CDB.tencentcloudapi.com:443/', 'cdb', null).host).toBe(
    'cdb.tencentcloudapi.com',
  )
  expect(endpointFor('https://localhost:8443', 'cdb', null).host).toBe('localhost:8443')
})
