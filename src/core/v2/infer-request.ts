import { type EncodedMessage, joinFrame, type ReceivedMessage, splitFrame } from './frame.ts'
import {
  broken,
  type JsonObject,
  listOf,
  objectOf,
  optionalTextOf,
  parametersOf,
  textOf,
  withJsonField,
} from './json-fields.ts'
import { TENSORS_MAX } from './limits.ts'
import type { EncodeOptions, InferRequest, Parameters, RequestedOutput } from './message.ts'
import { binaryReader, checkNames, decodeTensor, encodeTensors } from './tensor-json.ts'

const ALL_BINARY: EncodeOptions = { binary: () => true }

/** Writes a request; its inputs as bytes, unless `options` says otherwise. */
export function encodeInferRequest(
  request: InferRequest,
  options: EncodeOptions = ALL_BINARY,
): EncodedMessage {
  const { json, binary } = encodeTensors(request.inputs, options)
  const parameters: Parameters = request.binaryOutputs
    ? { ...request.parameters, binary_data_output: true }
    : request.parameters
  const fields: JsonObject = {
    id: request.id,
    parameters: Object.keys(parameters).length === 0 ? undefined : parameters,
    outputs: request.outputs?.map(({ name, binary }) => ({
      name,
      parameters: { binary_data: binary },
    })),
  }
  return joinFrame(withJsonField(fields, 'inputs', json), binary)
}

/**
 * Reads a request. Throws ERR_REQUEST where it breaks the protocol, ERR_TENSOR where an input's
 * datatype, shape and values do not fit together.
 */
export function decodeInferRequest(message: ReceivedMessage): InferRequest {
  const frame = splitFrame(message, 'request')
  const fields = objectOf(frame.json, 'request')
  const id = optionalTextOf(fields.id, 'id of request')
  const { binary_data_output: binaryOutputs = false, ...parameters } = parametersOf(
    fields.parameters,
    'request parameter',
  )
  if (typeof binaryOutputs !== 'boolean') {
    throw broken('request', `binary_data_output is ${binaryOutputs} (expected true or false)`)
  }
  const outputs = requestedOutputs(fields.outputs, binaryOutputs)
  const binary = binaryReader(frame.binary)
  const inputs = listOf(fields.inputs, { subject: 'inputs of request', max: TENSORS_MAX }).map(
    (input) => decodeTensor(input, binary),
  )
  checkNames(inputs, 'inputs of request')
  if (binary.left() > 0) {
    throw broken('request', `${binary.left()} bytes follow the last input (expected none)`)
  }
  return {
    parameters,
    inputs,
    binaryOutputs,
    ...(id === undefined ? {} : { id }),
    ...(outputs === undefined ? {} : { outputs }),
  }
}

/** Parameters of an output that change its meaning, which we do not know how to honour. */
const UNSUPPORTED = ['classification', 'shared_memory_region'] as const

function requestedOutputs(
  value: unknown,
  binaryOutputs: boolean,
): readonly RequestedOutput[] | undefined {
  if (value === undefined || value === null) return undefined
  const list = listOf(value, { subject: 'outputs of request', max: TENSORS_MAX })
  // Clients that want all outputs may send an empty list.
  if (list.length === 0) return undefined
  const outputs = list.map((output) => requestedOutput(output, binaryOutputs))
  checkNames(outputs, 'outputs of request')
  return outputs
}

function requestedOutput(value: unknown, binaryOutputs: boolean): RequestedOutput {
  const fields = objectOf(value, 'requested output')
  const name = textOf(fields.name, 'name of requested output')
  const subject = `requested output "${name}"`
  const parameters = parametersOf(fields.parameters, `parameter of ${subject}`)
  for (const unsupported of UNSUPPORTED) {
    if (unsupported in parameters) {
      throw broken(subject, `parameter "${unsupported}" is not supported`)
    }
  }
  const { binary_data: binary = binaryOutputs } = parameters
  if (typeof binary === 'boolean') return { name, binary }
  throw broken(subject, `binary_data is ${binary} (expected true or false)`)
}
