/** Writes the few shapes of which a cursor is made. */
export class ByteWriter {
  private readonly parts: Buffer[] = []

  bytes(value: Buffer): this {
    this.parts.push(value)
    return this
  }

  byte(value: number): this {
    return this.bytes(Buffer.from([value]))
  }

  /** A whole number from 0 to 2^48 - 1, seven bits a byte. */
  varint(value: number): this {
    const bytes: number[] = []
    let rest = value
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
    return this.bytes(Buffer.from([...bytes, rest]))
  }

  /** A whole number of up to 48 bits with sign. */
  int48(value: number): this {
    const buffer = Buffer.alloc(6)
    buffer.writeIntBE(value, 0, 6)
    return this.bytes(buffer)
  }

  uint64(value: bigint): this {
    const buffer = Buffer.alloc(8)
    buffer.writeBigUInt64BE(value)
    return this.bytes(buffer)
  }

  text(value: string): this {
    const buffer = Buffer.from(value)
    return this.varint(buffer.length).bytes(buffer)
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.parts)
  }
}

/** Reads what ByteWriter wrote; throws RangeError past the end. */
export class ByteReader {
  private at = 0

  constructor(private readonly buffer: Buffer) {}

  bytes(length: number): Buffer {
    const end = this.at + length
    if (end > this.buffer.length) throw new RangeError('the bytes end early')
    const part = this.buffer.subarray(this.at, end)
    this.at = end
    return part
  }

  byte(): number {
    return this.bytes(1).readUInt8()
  }

  varint(): number {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte()
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }

  int48(): number {
    return this.bytes(6).readIntBE(0, 6)
  }

  uint64(): bigint {
    return this.bytes(8).readBigUInt64BE()
  }

  text(): string {
    return this.bytes(this.varint()).toString()
  }
}
