/** The one user of the SASL listeners, for PLAIN and both kinds of SCRAM. */
export const KAFKA_USER = { username: 'fogline', password: 'correct horse' } as const

/** Ways to connect. `proxied` is plain and tells clients the ports of `advertise`. */
export type ListenerName = keyof typeof PROTOCOLS

/** What a listener speaks, as Kafka names it. */
export function protocolOf(listener: ListenerName): string {
  return PROTOCOLS[listener]
}

/** How Kafka writes the listener's name. */
export function kafkaNameOf(listener: ListenerName): string {
  return listener.toUpperCase().replace('-', '_')
}

/** Settings that the listener needs besides its address; `certificates` is the folder of PEM files. */
export function securitySettings(listener: ListenerName): Readonly<Record<string, string>> {
  const prefix = `listener.name.${kafkaNameOf(listener).toLowerCase()}`
  const protocol = protocolOf(listener)
  return {
    ...(listener === 'mtls' && { [`${prefix}.ssl.client.auth`]: 'required' }),
    ...(protocol.startsWith('SASL_') && saslSettings(prefix)),
  }
}

/** Whether the listener shows a certificate. */
export function isEncrypted(listener: ListenerName): boolean {
  return protocolOf(listener).endsWith('SSL')
}

/** Settings of all encrypted listeners: the files of the broker's and the authority's certificates. */
export function tlsSettings(serverFile: string, caFile: string): Readonly<Record<string, string>> {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': serverFile,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': caFile,
  }
}

/** Arguments of Kafka's `format` that create the user for SCRAM. */
export function scramArguments(): readonly string[] {
  const { username, password } = KAFKA_USER
  return ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name="${username}",password="${password}"]`,
  ])
}

/** A token that the OAUTHBEARER listeners take until `expiresAt`: a JWS without a signature. */
export function unsecuredToken(expiresAt: Date): string {
  const claims = {
    sub: KAFKA_USER.username,
    iat: Math.floor(Date.now() / 1000),
    exp: Math.floor(expiresAt.getTime() / 1000),
  }
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
  return `${encode({ alg: 'none' })}.${encode(claims)}.`
}

const PROTOCOLS = {
  plain: 'PLAINTEXT',
  proxied: 'PLAINTEXT',
  tls: 'SSL',
  mtls: 'SSL',
  sasl: 'SASL_PLAINTEXT',
  'sasl-tls': 'SASL_SSL',
} as const

function saslSettings(prefix: string): Readonly<Record<string, string>> {
  const security = 'org.apache.kafka.common.security'
  const { username, password } = KAFKA_USER
  const scram = `${security}.scram.ScramLoginModule required;`
  const bearer = `${security}.oauthbearer`
  return {
    [`${prefix}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    [`${prefix}.plain.sasl.jaas.config`]: `${security}.plain.PlainLoginModule required user_${username}="${password}";`,
    [`${prefix}.scram-sha-256.sasl.jaas.config`]: scram,
    [`${prefix}.scram-sha-512.sasl.jaas.config`]: scram,
    [`${prefix}.oauthbearer.sasl.jaas.config`]: `${bearer}.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="${username}";`,
    [`${prefix}.oauthbearer.sasl.server.callback.handler.class`]: `${bearer}.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler`,
  }
}
