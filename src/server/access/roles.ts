// Who may what: three roles of people, each with all that the one before it may, and hosts, which only send.

export const roleNames = ['viewer', 'triager', 'admin'] as const
/** viewer: looks. triager: says what an issue is, uploads logs and symbols. admin: users, tokens, hosts, settings. */
export type Role = (typeof roleNames)[number]

/** Of a route: the least that may use it. */
export type Who = 'anyone' | 'host' | Role

/** Who asks. */
export interface Identity {
  role: Role | 'host'
  /** in histories and the audit log: "owner", "alice", "alice (token ci)", "host board" */
  actor: string
  /** of a user, also behind a token */
  userId?: string
  tokenId?: string
  /** of a host */
  host?: { hostId: string; name: string }
  session?: { id: string; csrf: string; expiresAt: number }
  /** whose token is in a file beside the store */
  owner?: true
}

/** The lower of two. */
export const lower = (one: Role, other: Role): Role =>
  roleNames.indexOf(one) <= roleNames.indexOf(other) ? one : other

/** A person is no host and a host no person. */
export function may(role: Identity['role'], who: Who): boolean {
  if (who === 'anyone') return true
  if (who === 'host' || role === 'host') return who === role
  return roleNames.indexOf(role) >= roleNames.indexOf(who)
}
