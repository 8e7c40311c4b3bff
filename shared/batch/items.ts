/**
 * The items of a batch, in the effects table. The members that have not ended stand in sets, not in counters: to settle a
 * member twice changes nothing. A shard holds the sets of some of them, so that members that end together share no hot item.
 */
import { batchItems } from '../lib/names.ts'
import type { Item, Write } from '../lib/write.ts'

/** Shards of an open batch. */
export const shardCount = 256

/** Most jobs of one request. Members are numbered in steps of it. */
export const mostJobs = 100

/** A batch. */
export interface BatchItem {
  readonly pk: string
  /** Shards that have a member which has not ended, or that may get one. */
  readonly pendingShards?: ReadonlySet<number>
  /** Shards whose members have ended, and some of them dead or cancelled. */
  readonly failedShards?: ReadonlySet<number>
  /** Shards that were ever used. */
  readonly shards?: ReadonlySet<number>
  /** Number of requests for members so far. */
  readonly requests: number
  /** When its last member had been added, ISO 8601 UTC. */
  readonly sealedAt?: string
  /** When every member had ended for the first time. */
  readonly finishedAt?: string
  /** When every member had succeeded. */
  readonly succeededAt?: string
  /** Number of members, once every member has succeeded: then it changes no more. */
  readonly members?: number
  /** How often members of a batch that is not finished were brought back. */
  readonly broughtBack?: number
  /** Outbox items of the callbacks, as JSON text. */
  readonly onFinished?: string
  readonly onSucceeded?: string
  /** Whether it was written before the transaction of its members, which may have failed. */
  readonly ahead?: true
  readonly createdAt: string
  /** Partition key of the index of batches (`batchIndex` in lib/names.ts). */
  readonly batches: string
  /** Sort key of the index: when it was created, and its id, so that no two are equal. */
  readonly batchesAt: string
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

/** Some members of a batch, by their numbers. */
export interface ShardItem {
  readonly pk: string
  /** Number of members that were added. */
  readonly members?: number
  /** Members that have not ended. */
  readonly pending?: ReadonlySet<number>
  readonly dead?: ReadonlySet<number>
  readonly cancelled?: ReadonlySet<number>
  /** Whether it gets no more members. */
  readonly sealed?: boolean
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

/** The jobs of one request for members: member `request × mostJobs + i` is its i-th job. */
export interface RosterItem {
  readonly pk: string
  /** Ids of the jobs, where they do not all follow from the change. */
  readonly ids?: readonly string[]
  /** What the ids follow from: the id of the change, the position of the first of the jobs in it, and their number. */
  readonly change?: string
  readonly first?: number
  readonly count?: number
  /** When it was written, in ms since the epoch. */
  readonly at: number
  /** Whether the members were announced before the transaction of the jobs, which may have failed. */
  readonly ahead?: true
  /** TTL, seconds since the epoch. */
  readonly expiresAt: number
}

export function batchKey(id: string): { readonly pk: string } {
  return { pk: `${batchItems}${id}` }
}

export function shardKey(id: string, shard: number): { readonly pk: string } {
  return { pk: `${batchItems}${id}#${shard}` }
}

/** @param request number of the request, from 0 */
export function rosterKey(id: string, request: number): { readonly pk: string } {
  return { pk: `${batchItems}${id}/${request}` }
}

/** The id of a batch, from the key of its item. */
export function batchIdOf(pk: string): string {
  return pk.slice(batchItems.length)
}

/** Size of a set. DynamoDB has no empty sets: one that became empty is absent. */
export function sizeOf(set: ReadonlySet<number> | undefined): number {
  return set?.size ?? 0
}

/** The state of a shard: whether it may hold up its batch, and whether all its members have succeeded. */
export function shardState({ sealed, pending, dead, cancelled }: ShardItem): 'pending' | 'failed' | 'succeeded' {
  if (!sealed || sizeOf(pending) > 0) return 'pending'
  return sizeOf(dead) + sizeOf(cancelled) > 0 ? 'failed' : 'succeeded'
}

/** Whether an item of the effects table belongs to a batch. */
export function isBatchItem({ pk }: Item): boolean {
  return String(pk).startsWith(batchItems)
}

/** An update of an item of the effects table. */
export type Update = Extract<Write, { op: 'update' }>
