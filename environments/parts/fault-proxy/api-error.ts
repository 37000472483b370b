import { explain } from '../../../harness/errors.ts';

/** What the API refuses, in the words and with the status of the real server. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(500, explain(error));

export const badBody = (why: string): ApiError => new ApiError(400, `bad request body: ${why}`);
export const missingField = (which: string): ApiError =>
  new ApiError(400, `missing required field: ${which}`);
export const proxyNotFound = (): ApiError => new ApiError(404, 'proxy not found');
export const proxyAlreadyExists = (): ApiError => new ApiError(409, 'proxy already exists');
export const invalidStream = (): ApiError =>
  new ApiError(400, 'stream was invalid, can be either upstream or downstream');
export const invalidToxicType = (): ApiError => new ApiError(400, 'invalid toxic type');
export const toxicAlreadyExists = (): ApiError => new ApiError(409, 'toxic already exists');
export const toxicNotFound = (): ApiError => new ApiError(404, 'toxic not found');
/** Addresses are found wrong when they are used, which the real server takes for a mistake of its own. */
export const badAddress = (why: string): ApiError => new ApiError(500, why);
