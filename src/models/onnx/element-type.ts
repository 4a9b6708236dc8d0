import type { Datatype } from '../../core/tensor.ts'

/** The numbers of ONNX's `TensorProto.DataType` for the datatypes that a tensor can have. */
export const ELEMENT_TYPE: Readonly<Record<Datatype, number>> = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  BOOL: 9,
  FP16: 10,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
}

/** The datatype of an ONNX element type; undefined for texts, complex and sub-byte numbers. */
export function datatypeOf(elementType: number): Datatype | undefined {
  return DATATYPE_OF.get(elementType)
}

const DATATYPE_OF: ReadonlyMap<number, Datatype> = new Map(
  Object.entries(ELEMENT_TYPE).map(([datatype, number]) => [number, datatype as Datatype]),
)
