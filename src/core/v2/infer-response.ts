import { type EncodedMessage, joinFrame, type ReceivedMessage, splitFrame } from './frame.ts'
import {
  broken,
  type JsonObject,
  listOf,
  objectOf,
  optionalTextOf,
  scalarParametersOf,
  textOf,
  withJsonField,
} from './json-fields.ts'
import { TENSORS_MAX } from './limits.ts'
import type { EncodeOptions, InferResponse } from './message.ts'
import { binaryReader, checkNames, decodeTensor, encodeTensors } from './tensor-json.ts'

/** Writes an answer. Throws ERR_TENSOR for NaN or infinity in an output that is not binary. */
export function encodeInferResponse(
  response: InferResponse,
  options: EncodeOptions,
): EncodedMessage {
  const { json, binary } = encodeTensors(response.outputs, options)
  const fields: JsonObject = {
    model_name: response.modelName,
    model_version: response.modelVersion,
    id: response.id,
    parameters: Object.keys(response.parameters).length === 0 ? undefined : response.parameters,
  }
  return joinFrame(withJsonField(fields, 'outputs', json), binary)
}

/**
 * Reads an answer, ours or another server's; its parameters that are not plain are left out.
 * Throws ERR_REQUEST where it breaks the protocol, ERR_TENSOR where an output's datatype, shape and
 * values do not fit together.
 */
export function decodeInferResponse(message: ReceivedMessage): InferResponse {
  const frame = splitFrame(message, 'answer')
  const fields = objectOf(frame.json, 'answer')
  const modelVersion = optionalTextOf(fields.model_version, 'model_version of answer')
  const id = optionalTextOf(fields.id, 'id of answer')
  const binary = binaryReader(frame.binary)
  const outputs = listOf(fields.outputs, { subject: 'outputs of answer', max: TENSORS_MAX }).map(
    (output) => decodeTensor(output, binary),
  )
  checkNames(outputs, 'outputs of answer')
  if (binary.left() > 0) {
    throw broken('answer', `${binary.left()} bytes follow the last output (expected none)`)
  }
  return {
    modelName: textOf(fields.model_name, 'model_name of answer'),
    parameters: scalarParametersOf(fields.parameters),
    outputs,
    ...(modelVersion === undefined ? {} : { modelVersion }),
    ...(id === undefined ? {} : { id }),
  }
}
