/** Why is a call refused: the HTTP status, the error counter of the node, and a reason that names the field. */

/** Values of `type` of `errors_total`, by the vendor's names. */
export const errorTypes = [
  "DroppedOnOverload",
  "DuplicateReqId",
  "MsgDataFormat",
  "MsgpackDataFormat",
  "MsgpackDecode",
  "NilBody",
  "ReqBodyReading",
  "RespBodyReading",
] as const;
export type ErrorType = (typeof errorTypes)[number];

/** Values of `reason` of `messages_rejected_total`. */
export const rejectReasons = ["connector_info", "host", "remote_address"] as const;
export type RejectReason = (typeof rejectReasons)[number];

export class ContractError extends Error {
  readonly status: number;
  readonly errorType: ErrorType | undefined;
  readonly rejected: RejectReason | undefined;

  constructor(
    status: number,
    reason: string,
    counted: { errorType?: ErrorType; rejected?: RejectReason } = {},
  ) {
    super(reason);
    this.name = "ContractError";
    this.status = status;
    this.errorType = counted.errorType;
    this.rejected = counted.rejected;
  }
}

export function malformed(errorType: ErrorType, reason: string): ContractError {
  return new ContractError(400, reason, { errorType });
}
