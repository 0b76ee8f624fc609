/*
 * The auction of one slot among three hosts, in every order that deliveries, suspicions and power cuts can come in.
 * One process picks any enabled step; when none is left the hosts are at rest and the promises must hold. A cut link
 * is a delivery that has not come yet. What is left out stands in README.md.
 *
 * -D switches: SUSPICIONS CRASHES DEATHS WRITES (bounds), GENERATIONS (1 or 2), PORT (endpoints are probed),
 * ODD (one host may never become healthy, one endpoint may be unreachable), and one WITHOUT_... at most: a missing rule. WITH_RENEWED_BIDS: one that
 * the protocol does without.
 */
#ifndef SUSPICIONS
#define SUSPICIONS 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef DEATHS
#define DEATHS 0
#endif
#ifndef GENERATIONS
#define GENERATIONS 1
#endif
#ifndef WRITES
#define WRITES 20
#endif
#define G GENERATIONS
#define LAST (GENERATIONS - 1)
#define NOBODY 3

/* run states, one more than in the records */
#define RELEASED 0
#define BIDDING 1
#define STARTED 2
#define HEALTHY 3
/* a container */
#define NONE 0
#define RUNS 1
#define SERVES 2
/* how a host stands in another's view */
#define ALIVE 0
#define MASKED 1
#define UNKNOWN 2
/* power */
#define OFF 0
#define ON 1
#define RETURNS 2

mtype = { one, filled, alone, served, original, settles };

typedef Row {
  unsigned phase : 2;
  bit ran;
  unsigned term : 4;
  unsigned boot : 3;
  unsigned seq : 5
};
typedef View {
  Row row[3 * GENERATIONS]
};
typedef Bytes {
  byte host[3]
};

View view[3];
/* of each host in each view: how it stands, and the boot id in its host record */
Bytes stand[3];
Bytes boot[3];
/* endpoints that were once reached are not probed again */
Bytes reached[3];
byte power[3];
byte spec[3];
byte container[3 * GENERATIONS];
/* ghost: the first took the slot while it held the row of the second, which was serving */
Bytes replaced[3];
byte suspicions = SUSPICIONS;
byte crashes = CRASHES;
byte deaths = DEATHS;
byte sick = NOBODY;
byte closed = NOBODY;

#define ROW(v, o, g) view[v].row[(o) * G + (g)]
#define OWN(v, g) ROW(v, v, g)
#define CONTAINER(o, g) container[(o) * G + (g)]
#define NEXT(o) (((o) + 1) % 3)
#define THIRD(o) (((o) + 2) % 3)
#define BOOT(o) boot[o].host[o]

#ifdef WITHOUT_BOOT_IDS
#define OF_THIS_LIFE(v, o, g) true
#else
#define OF_THIS_LIFE(v, o, g) (ROW(v, o, g).boot == boot[v].host[o])
#endif
#define LIVE(v, o, g) (stand[v].host[o] == ALIVE && OF_THIS_LIFE(v, o, g))

#ifdef WITHOUT_RUN_STATE
#define BETTER_RUN(a, b) false
#define SAME_RUN(a, b) true
#else
#define BETTER_RUN(a, b) (a.phase > b.phase)
#define SAME_RUN(a, b) (a.phase == b.phase)
#endif
#ifdef WITHOUT_TERM
#define LOWER_TERM(a, b) false
#define SAME_TERM(a, b) true
#else
#define LOWER_TERM(a, b) (a.term < b.term)
#define SAME_TERM(a, b) (a.term == b.term)
#endif
/* rule C2; the score is the host's number */
#define OUTRANKS(v, a, b, g) \
  (BETTER_RUN(ROW(v, a, g), ROW(v, b, g)) || (SAME_RUN(ROW(v, a, g), ROW(v, b, g)) && \
   (LOWER_TERM(ROW(v, a, g), ROW(v, b, g)) || (SAME_TERM(ROW(v, a, g), ROW(v, b, g)) && (a) > (b)))))

/* the first term that is above any the row ran in */
#define TERM_ABOVE(r) ((r.phase >= STARTED || r.ran) -> (r.phase == BIDDING -> r.term : r.term + 1) : 0)
#define MAX(a, b) ((a) > (b) -> (a) : (b))
#ifdef WITHOUT_RAISED_TERM
#define NEXT_TERM(v, g) 0
#else
#define NEXT_TERM(v, g) MAX(TERM_ABOVE(ROW(v, 0, g)), MAX(TERM_ABOVE(ROW(v, 1, g)), TERM_ABOVE(ROW(v, 2, g))))
#endif

/* rule C5: a bid that never ran, beside a row that ran in its term or a later one */
#ifdef WITHOUT_VOIDING
#define IS_VOID(v, o, g) false
#else
#define IS_VOID(v, o, g) (ROW(v, o, g).phase == BIDDING && !ROW(v, o, g).ran && \
  (TERM_ABOVE(ROW(v, NEXT(o), g)) > ROW(v, o, g).term || TERM_ABOVE(ROW(v, THIRD(o), g)) > ROW(v, o, g).term))
#endif

#define IS_RUNNING_IN(v, o, g) (LIVE(v, o, g) && ROW(v, o, g).phase >= STARTED)
#define BEATS_IN(v, o, p, g) (!IS_RUNNING_IN(v, p, g) || OUTRANKS(v, o, p, g))
#define IS_HOLDER_IN(v, o, g) (IS_RUNNING_IN(v, o, g) && BEATS_IN(v, o, NEXT(o), g) && BEATS_IN(v, o, THIRD(o), g))
#define RIVAL_HOLDS(v, g) (IS_HOLDER_IN(v, NEXT(v), g) || IS_HOLDER_IN(v, THIRD(v), g))
#define IS_BLOCKING(v, o, g) (ROW(v, o, g).phase >= STARTED && \
  (stand[v].host[o] == UNKNOWN || ((v) == (o) && !OF_THIS_LIFE(v, o, g))))
#define IS_BLOCKED(v, g) (IS_BLOCKING(v, 0, g) || IS_BLOCKING(v, 1, g) || IS_BLOCKING(v, 2, g))
#define IS_HELD(v, g) (IS_RUNNING_IN(v, 0, g) || IS_RUNNING_IN(v, 1, g) || IS_RUNNING_IN(v, 2, g))
#ifdef WITHOUT_RESPECT
#define IS_OPEN(v, g) (!IS_RUNNING_IN(v, v, g) && !IS_BLOCKED(v, g))
#else
#define IS_OPEN(v, g) (!IS_HELD(v, g) && !IS_BLOCKED(v, g))
#endif
#define BIDS_MORE(v, p, g) (LIVE(v, p, g) && ROW(v, p, g).phase == BIDDING && !IS_VOID(v, p, g) && OUTRANKS(v, p, v, g))

/* a better bid of a live host is known: one's own would only be noise */
#define IS_BEATEN(v, p, g) (LIVE(v, p, g) && ROW(v, p, g).phase == BIDDING && !IS_VOID(v, p, g) && \
  (ROW(v, p, g).term < NEXT_TERM(v, g) || (ROW(v, p, g).term == NEXT_TERM(v, g) && (p) > (v))))

/* somebody replaced this claim and is not heard yet */
#define MAY_HAVE_TAKEN(v, p, g) (IS_BLOCKING(v, p, g) && ROW(v, p, g).term > OWN(v, g).term)
#define IS_TAKEN_OVER(v, g) (MAY_HAVE_TAKEN(v, NEXT(v), g) || MAY_HAVE_TAKEN(v, THIRD(v), g))

#ifdef PORT
#define ANSWERS(o, g) (power[o] == ON && CONTAINER(o, g) != NONE && closed != (o))
#else
#define ANSWERS(o, g) true
#endif
#ifdef WITHOUT_REACHING
#define IS_REACHED(v, o, g) true
#else
#define IS_REACHED(v, o, g) (reached[v].host[o] || ANSWERS(o, g))
#endif
#ifdef WITHOUT_HEALTH
#define IS_TRUSTED(v, o, g) true
#else
#define IS_TRUSTED(v, o, g) (ROW(v, o, g).phase == HEALTHY)
#endif

/* nothing about the other is under way: what is held of it is what it says */
#define IS_INFORMED(v, o, g) (power[o] == ON && boot[v].host[o] == BOOT(o) && ROW(v, o, g).seq == OWN(o, g).seq)

#define PROMISE(name, holds) \
  if :: holds :: else -> printf("BROKEN %e\n", name); assert(false) fi

#define WRITE(v, g) OWN(v, g).seq = OWN(v, g).seq + 1; PROMISE(settles, OWN(v, g).seq < WRITES)
/* what a released claim that never ran says has no meaning: one state instead of several */
#define RELEASE(v, g) OWN(v, g).phase = RELEASED; WRITE(v, g); \
  if :: !OWN(v, g).ran -> OWN(v, g).term = 0; OWN(v, g).boot = 0 :: else fi
#define FORGET_REPLACED(v) \
  replaced[v].host[NEXT(v)] = 0; replaced[v].host[THIRD(v)] = 0; replaced[NEXT(v)].host[v] = 0; replaced[THIRD(v)].host[v] = 0
#ifdef WITHOUT_STOPPING
#define STOP(v, g) skip
#else
#define STOP(v, g) CONTAINER(v, g) = NONE; FORGET_REPLACED(v)
#endif

#define KNOWS_HOLDER(v, o, g) (stand[v].host[o] == ALIVE && IS_INFORMED(v, o, g) && OWN(o, g).phase >= STARTED && \
  CONTAINER(o, g) != NONE)
#define ALONE_AS_IT_KNOWS(v, g) (!KNOWS_HOLDER(v, NEXT(v), g) && !KNOWS_HOLDER(v, THIRD(v), g))
#ifdef WITHOUT_KEPT_ROWS
/* what it knew is forgotten: everybody knew, at first */
#define KNEW_SERVING(v, o, g) true
#else
#define KNEW_SERVING(v, o, g) (ROW(v, o, g).phase == HEALTHY && ROW(v, o, g).seq == OWN(o, g).seq)
#endif
#define NOTE_REPLACED(v, o, g) \
  replaced[v].host[o] = (power[o] == ON && CONTAINER(o, g) == SERVES && KNEW_SERVING(v, o, g))

/* Claims of one host. */
#define CLAIM(v, g) \
  :: d_step { power[v] == ON && spec[v] == g && (OWN(v, g).phase == RELEASED || IS_VOID(v, v, g)) && \
       CONTAINER(v, g) == NONE && IS_OPEN(v, g) && !IS_BEATEN(v, NEXT(v), g) && !IS_BEATEN(v, THIRD(v), g) -> \
       printf("STEP bid %d\n", v); \
       OWN(v, g).term = NEXT_TERM(v, g); OWN(v, g).phase = BIDDING; OWN(v, g).boot = BOOT(v); WRITE(v, g) } \
  :: d_step { power[v] == ON && spec[v] == g && OWN(v, g).phase == BIDDING && OF_THIS_LIFE(v, v, g) && IS_OPEN(v, g) && \
       IS_CURRENT_BID(v, g) && !IS_VOID(v, v, g) && !BIDS_MORE(v, NEXT(v), g) && !BIDS_MORE(v, THIRD(v), g) -> \
       printf("STEP take %d\n", v); \
       NOTE_REPLACED(v, NEXT(v), g); NOTE_REPLACED(v, THIRD(v), g); \
       PROMISE(alone, ALONE_AS_IT_KNOWS(v, g)); \
       OWN(v, g).phase = STARTED; OWN(v, g).ran = 1; WRITE(v, g) } \
  :: d_step { power[v] == ON && OWN(v, g).phase == BIDDING && \
       !IS_VOID(v, v, g) && \
       (RIVAL_HOLDS(v, g) || spec[v] > g || !OF_THIS_LIFE(v, v, g)) -> \
       printf("STEP withdraw %d\n", v); RELEASE(v, g) } \
  RENEWED(v, g) \
  :: d_step { power[v] == ON && OWN(v, g).phase == STARTED && CONTAINER(v, g) == NONE && IS_MEANT(v, g) && \
       (RIVAL_HOLDS(v, g) || spec[v] > g) -> \
       printf("STEP withdraw %d\n", v); RELEASE(v, g); FORGET_REPLACED(v) } \
  :: d_step { power[v] == ON && spec[v] == g && OWN(v, g).phase == STARTED && CONTAINER(v, g) == NONE && \
       IS_MEANT(v, g) -> \
       printf("STEP start %d\n", v); CONTAINER(v, g) = RUNS } \
  :: d_step { power[v] == ON && CONTAINER(v, g) == RUNS && OWN(v, g).phase == STARTED && sick != (v) -> \
       printf("STEP healthy %d\n", v); CONTAINER(v, g) = SERVES; OWN(v, g).phase = HEALTHY; WRITE(v, g) } \
  YIELD(v, NEXT(v), g) \
  YIELD(v, THIRD(v), g) \
  RESUME(v, g) \
  :: d_step { deaths > 0 && power[v] == ON && CONTAINER(v, g) != NONE && OWN(v, g).phase >= STARTED -> \
       printf("STEP die %d\n", v); deaths--; \
       CONTAINER(v, g) = NONE; FORGET_REPLACED(v); OWN(v, g).phase = STARTED; WRITE(v, g) }

#ifndef WITH_RENEWED_BIDS
#define IS_CURRENT_BID(v, g) true
#define RENEWED(v, g)
#else
/* A bid of a host that ran before is never void: it has to rise by itself. */
#define IS_CURRENT_BID(v, g) (OWN(v, g).term >= NEXT_TERM(v, g))
#define RENEWED(v, g) \
  :: d_step { power[v] == ON && OWN(v, g).phase == BIDDING && OWN(v, g).ran && OF_THIS_LIFE(v, v, g) && \
       !IS_CURRENT_BID(v, g) -> printf("STEP withdraw %d\n", v); RELEASE(v, g) }
#endif

/* the claim is of this life; without boot ids the host cannot know */
#define IS_MEANT(v, g) OF_THIS_LIFE(v, v, g)

#define YIELD(v, o, g) \
  :: d_step { power[v] == ON && spec[v] == g && OWN(v, g).phase >= STARTED && CONTAINER(v, g) != NONE && \
       OF_THIS_LIFE(v, v, g) && IS_HOLDER_IN(v, o, g) && IS_TRUSTED(v, o, g) && IS_REACHED(v, o, g) -> \
       printf("STEP yield %d %d\n", v, o); \
       PROMISE(served, !IS_INFORMED(v, o, g) || (CONTAINER(o, g) == SERVES && closed != (o))); \
       PROMISE(original, OWN(v, g).phase != HEALTHY || !replaced[o].host[v]); \
       reached[v].host[o] = 1; STOP(v, g); RELEASE(v, g) }

#ifdef WITHOUT_BOOT_IDS
/* it finds its container gone, and starts it again as after any failure */
#define RESUME(v, g) \
  :: d_step { power[v] == ON && OWN(v, g).phase == HEALTHY && CONTAINER(v, g) == NONE -> \
       printf("STEP resume %d\n", v); OWN(v, g).phase = STARTED; WRITE(v, g) }
#else
#define RESUME(v, g) \
  :: d_step { power[v] == ON && OWN(v, g).phase >= STARTED && !OF_THIS_LIFE(v, v, g) && \
       (RIVAL_HOLDS(v, g) || spec[v] > g) -> \
       printf("STEP withdraw %d\n", v); RELEASE(v, g) } \
  :: d_step { power[v] == ON && OWN(v, g).phase >= STARTED && !OF_THIS_LIFE(v, v, g) && spec[v] == g && \
       !RIVAL_HOLDS(v, g) && !IS_TAKEN_OVER(v, g) -> \
       printf("STEP resume %d\n", v); OWN(v, g).phase = STARTED; OWN(v, g).boot = BOOT(v); WRITE(v, g) }
#endif

/* A newer version serves: the old one ends. */
#define SUCCEEDS(v, o) (IS_HOLDER_IN(v, o, 1) && ROW(v, o, 1).phase == HEALTHY)
#define OUTDATED(v) \
  :: d_step { power[v] == ON && spec[v] == 1 && OWN(v, 0).phase >= STARTED && CONTAINER(v, 0) != NONE && \
       (SUCCEEDS(v, 0) || SUCCEEDS(v, 1) || SUCCEEDS(v, 2)) -> \
       printf("STEP outdated %d\n", v); STOP(v, 0); RELEASE(v, 0) }

/* What one host learns of another. */
#ifdef WITHOUT_KEPT_ROWS
#define DROP_ROWS(v, o) ROW(v, o, 0).phase = 0; ROW(v, o, 0).ran = 0; ROW(v, o, 0).term = 0; ROW(v, o, 0).seq = 0
#else
#define DROP_ROWS(v, o) skip
#endif
#define COPY(v, w, o, g) \
  ROW(v, o, g).phase = ROW(w, o, g).phase; ROW(v, o, g).ran = ROW(w, o, g).ran; ROW(v, o, g).term = ROW(w, o, g).term; \
  ROW(v, o, g).boot = ROW(w, o, g).boot; ROW(v, o, g).seq = ROW(w, o, g).seq
#define HAS_NEWS(v, w, o, g) (power[w] == ON && stand[v].host[w] == ALIVE && ROW(w, o, g).seq > ROW(v, o, g).seq)
#define TAKE_NEWS(v, w, o, g) if :: HAS_NEWS(v, w, o, g) -> COPY(v, w, o, g) :: else fi
#ifdef SINGLY
/* each row by itself, from its writer or from who has it */
#define DELIVER(v, w, o, g) \
  :: d_step { power[v] == ON && HAS_NEWS(v, w, o, g) -> printf("STEP deliver %d %d\n", v, o); COPY(v, w, o, g) }
#define ROWS_TO(v, g) \
  DELIVER(v, NEXT(v), NEXT(v), g) DELIVER(v, THIRD(v), THIRD(v), g) \
  DELIVER(v, NEXT(v), THIRD(v), g) DELIVER(v, THIRD(v), NEXT(v), g)
#else
/* all that live hosts have */
#define ROWS_TO(v, g) \
  :: d_step { power[v] == ON && (HAS_NEWS(v, NEXT(v), NEXT(v), g) || HAS_NEWS(v, THIRD(v), THIRD(v), g) || \
       HAS_NEWS(v, NEXT(v), THIRD(v), g) || HAS_NEWS(v, THIRD(v), NEXT(v), g)) -> \
       printf("STEP deliver %d\n", v); \
       TAKE_NEWS(v, NEXT(v), NEXT(v), g); TAKE_NEWS(v, THIRD(v), THIRD(v), g); \
       TAKE_NEWS(v, NEXT(v), THIRD(v), g); TAKE_NEWS(v, THIRD(v), NEXT(v), g) }
#endif
#define HEAR(v, o) \
  :: d_step { power[v] == ON && power[o] == ON && (stand[v].host[o] != ALIVE || boot[v].host[o] != BOOT(o)) -> \
       printf("STEP hear %d %d\n", v, o); stand[v].host[o] = ALIVE; boot[v].host[o] = BOOT(o) } \
  :: d_step { power[v] == ON && power[o] != ON && stand[v].host[o] != MASKED -> \
       printf("STEP mask %d %d\n", v, o); stand[v].host[o] = MASKED; DROP_ROWS(v, o) } \
  :: d_step { suspicions > 0 && power[v] == ON && power[o] == ON && stand[v].host[o] != MASKED -> \
       printf("STEP suspect %d %d\n", v, o); suspicions--; stand[v].host[o] = MASKED; DROP_ROWS(v, o) }
#define LEARN(v, w) \
  :: d_step { power[v] == ON && power[w] == ON && spec[v] < spec[w] -> \
       printf("STEP learn %d %d\n", v, w); spec[v] = spec[w] }

#define END_CONTAINERS(v) CONTAINER(v, 0) = NONE; CONTAINER(v, LAST) = NONE; FORGET_REPLACED(v)
#define FAULT(v) \
  :: d_step { crashes > 0 && power[v] == ON -> \
       printf("STEP crash %d\n", v); crashes--; power[v] = RETURNS; END_CONTAINERS(v) } \
  :: d_step { crashes > 0 && power[v] == ON -> \
       printf("STEP crash %d\n", v); crashes--; power[v] = OFF; END_CONTAINERS(v) } \
  :: d_step { power[v] == RETURNS -> \
       printf("STEP boot %d\n", v); power[v] = ON; BOOT(v) = BOOT(v) + 1; \
       stand[v].host[NEXT(v)] = UNKNOWN; stand[v].host[THIRD(v)] = UNKNOWN; \
       reached[v].host[NEXT(v)] = 0; reached[v].host[THIRD(v)] = 0 }
#define DEPLOY(v) \
  :: d_step { power[v] == ON && spec[0] == 0 && spec[1] == 0 && spec[2] == 0 -> printf("STEP deploy %d\n", v); spec[v] = 1 }

#define HOST(v) \
  CLAIM(v, 0) \
  HEAR(v, NEXT(v)) HEAR(v, THIRD(v)) \
  FAULT(v)
#define VERSIONS(v) \
  CLAIM(v, 1) OUTDATED(v) ROWS_TO(v, 1) LEARN(v, NEXT(v)) LEARN(v, THIRD(v)) DEPLOY(v)

#define RUNNING(o, g) (CONTAINER(o, g) != NONE -> 1 : 0)
#if GENERATIONS > 1
#define ALL_RUNNING(o) (RUNNING(o, 0) + RUNNING(o, 1))
#else
#define ALL_RUNNING(o) RUNNING(o, 0)
#endif

#define HOLDS_AT(v) ROW(v, 0, 0).phase = HEALTHY; ROW(v, 0, 0).ran = 1; ROW(v, 0, 0).seq = 1

active proctype hosts() {
  d_step {
    power[0] = ON; power[1] = ON; power[2] = ON;
  }
#ifdef HELD
  d_step {
    HOLDS_AT(0); HOLDS_AT(1); HOLDS_AT(2);
    CONTAINER(0, 0) = SERVES
  }
#endif
#ifdef ODD
  if :: sick = 0 :: sick = 1 :: sick = 2 :: skip fi;
  if :: closed = 0 :: closed = 1 :: closed = 2 :: skip fi;
#endif
  do
  HOST(0) HOST(1) HOST(2)
  ROWS_TO(0, 0) ROWS_TO(1, 0) ROWS_TO(2, 0)
#if GENERATIONS > 1
  VERSIONS(0) VERSIONS(1) VERSIONS(2)
#endif
  :: d_step { suspicions + crashes + deaths > 0 -> printf("STEP calm\n"); suspicions = 0; crashes = 0; deaths = 0 }
  :: else -> break
  od;
  printf("STEP rest\n");
  /* At rest. Who cannot be reached is not yielded to: other rules deal with it. */
  PROMISE(one, closed < NOBODY || ALL_RUNNING(0) + ALL_RUNNING(1) + ALL_RUNNING(2) <= 1);
  PROMISE(filled, (power[0] != ON && power[1] != ON && power[2] != ON) || \
    RUNNING(0, spec[0]) + RUNNING(1, spec[1]) + RUNNING(2, spec[2]) >= 1)
}
