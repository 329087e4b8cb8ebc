/* daemon/run/dev_priv.h - what the files of a session that watches share.
 *
 * dev.c        the session: what is due, orders, its end
 * dev_round.c  its runs: surveys and rounds
 * dev_files.c  what is watched, and what has changed
 * dev_inputs.c the same of what scenarios read beside their file
 * dev_links.c  links on the way to what is watched
 * dev_images.c images that scenarios run in, which may get another content
 */
#ifndef DAEMON_RUN_DEV_PRIV_H
#define DAEMON_RUN_DEV_PRIV_H

#include "daemon/run/run_priv.h"

/* A test file of the session. */
struct known {
	char *real, *path;       /* path as shown */
	char **selectors;        /* NULL-terminated; NULL = all of the file */
	size_t index;            /* in the order of discovery */
	char sha256[DIGEST_HEX]; /* of the content that ran last, or is about to */
	bool seen;               /* by the survey at hand */
	bool pending;            /* for the next round */
	bool changed;            /* and that because it or an input changed: it is named */
	bool running;            /* in the round at hand */
	bool last;               /* in the round before */
	bool failed;
	bool invalid;                    /* as it was loaded last: it says nothing of inputs */
	bool missing;                    /* it was deleted or moved a moment ago */
	bool open;                       /* its writer had not closed it at the last look */
	bool put_off;                    /* until what was saved meanwhile has had its round */
	struct loop_timer *timer;        /* to look at it when nothing more was told */
	const struct sandbox_spec *spec; /* of its first scenario, of dev->specs; or NULL */
	struct watched_image **images;   /* that its scenarios run in */
	size_t n_images, cap_images;
	struct dev *dev;
};

/* An image by its name. */
struct watched_image {
	char digest[DIGEST_HEX]; /* "" = there is none */
	char name[];
};

/* Something beside test files that some of them read. */
struct watched_input {
	bool is_tree;
	char *path;
	char *real; /* where it led as links on the way were looked at last; NULL = nowhere */
	struct known **users;
	size_t n_users, cap_users;
	char hex[DIGEST_HEX];     /* as it was looked at last */
	uint32_t mode;            /* the same of a file; 0 = it is not there */
	bool missed;              /* nobody watched it until now */
	bool open;                /* its writer had not closed it at the last look */
	bool looking, again;      /* a worker looks; something happened meanwhile */
	int64_t looking_ns;       /* since when */
	struct loop_timer *timer; /* to look at it when nothing more was told */
	struct dev *dev;
	struct watched_input *next;
};

/* Between the two halves of a save (daemon-facts 4): old name gone and new one not there yet, or
 * written and not closed. */
#define HALF_SAVE_NS (50 * NS_PER_MS)
/* Of what its writer keeps open: a log, a database. Who writes a file and closes it is done sooner.
 */
#define OPEN_SAVE_NS (1 * NS_PER_S)

#define HASH_MAX (1u << 20) /* what is larger is hashed when it is loaded */
#define STANDBY_MAX 3u      /* kinds of sandboxes that stand by for the next change */
#define SPECS_MAX 256u      /* kinds that are remembered */
#define STANDBY_LOOK 16u    /* scenarios of a round that are looked at for them */

struct dev {
	struct runner *r;
	struct dev *next;
	struct arena *arena;
	struct dev_options opt;
	struct dev_sink sink;
	void *arg;
	char id[16];
	int64_t started_ns, last_event_ns;
	uint64_t seq;
	bool opened, over, paused;
	const char *ending_by; /* why it ends once its run is over */
	unsigned jobs_out;     /* workers that look for us */
	int exit;              /* of the last round */

	struct follower *news;
	struct map *files;   /* real path to struct known */
	struct known **list; /* in the order of discovery */
	size_t n_list, cap_list;
	struct map *dirs;   /* that discovery entered: real path to itself */
	struct map *places; /* paths that lead to arguments, project files: real path to itself */
	struct watched_input *inputs;
	struct map *by_input; /* path to struct watched_input */
	struct map *links;    /* on the way to inputs: path to the session */
	bool links_changed;   /* some of them did */
	struct map *images;   /* name to struct watched_image */

	struct run *run; /* of the survey or the round */
	bool surveying;
	unsigned surveys; /* in a row that found more to watch */
	bool want_survey;
	bool saved;      /* something, since the survey or round at hand began */
	unsigned n_cuts; /* of loading, in a row, for what was saved meanwhile */
	bool cut_loading;
	bool fresh_only; /* the next round leaves out what was put off */
	char *polled;    /* why something is polled instead of watched; told once */
	bool told_polled;
	char *refusal;         /* why the last survey found nothing to run; NULL = it did */
	char *complaint;       /* what the last survey could not look at, as it was told; or NULL */
	bool unready;          /* nobody was told that it watches */
	bool first_due;        /* the first round, which runs everything */
	bool force;            /* the next round takes nothing from the cache */
	struct str_list named; /* what else the next round names: files that are gone, projects */
	struct arena *named_arena;

	unsigned n;                /* of the round */
	struct arena *round_arena; /* its request */
	int64_t round_ns;
	struct scenario_result *failures[DEV_FAILURES_MAX]; /* references, the latest last */
	size_t n_failures;
	struct map *specs; /* with volumes, of files: key to struct sandbox_spec */
	struct standby *expected;
	struct standby *standby[STANDBY_MAX];
	struct loop_timer *start, *heartbeat, *survey_late, *impatient;
	int64_t news_ns;             /* the first change that the next round is for */
	int64_t burst_ns, change_ns; /* the first and the last change of a burst */
	unsigned n_burst;
	unsigned burst_rounds; /* begun since, and it goes on */
	double phase_ms[PHASE_COUNT];
	double plan_at, first_start_at, last_end_at; /* t_ms of the round's run */
};

/* ---- dev.c ---- */
void dev_emit(struct dev *d, struct event *ev);
void dev_note(struct dev *d, const char *code, const char *message);
/* A round is over: what still comes together waits longer for the next, unless nothing did
 * meanwhile. */
void dev_round_over(struct dev *d);
/* A change: soon a survey or a round follows. */
void dev_soon(struct dev *d, int64_t at_ns);
/* The same, of files that are pending now: they wait for nothing that is only being loaded. */
void dev_saved(struct dev *d, int64_t at_ns);
void dev_job_back(struct dev *d); /* a worker is back */
/* The file is about to be read: its sandbox is made meanwhile. */
void dev_expect(struct dev *d, const struct known *k);

bool dev_is_cut(const struct run *run); /* stopped for what was saved beside what it loads */
/* A file is pending and not put off; one is put off; this one is for the next round. */
bool dev_any_fresh(const struct dev *d);
bool dev_any_put_off(const struct dev *d);
bool dev_is_due(const struct dev *d, const struct known *k);
void dev_start_in(struct dev *d, int64_t delay_ns); /* a survey or a round */
/* Sandboxes of what has just run are made ahead. */
void dev_stand_by(struct dev *d, const struct run *run);
void dev_on_heartbeat(void *dev);
void dev_end(struct dev *d, int exit);
int dev_last_code(const struct dev *d); /* of the last round */
int dev_end_code(const struct dev *d);  /* of a session that ends now */

/* ---- dev_round.c ---- */
void dev_survey(struct dev *d);
/* Ends a session whose rounds would make each other, and says why. */
bool dev_sees_itself(struct dev *d);
void dev_start_round(struct dev *d);

/* ---- dev_files.c ---- */
void files_init(struct dev *d);
void files_stop(struct dev *d); /* nothing comes of it any more */
void files_release(struct dev *d);
/* Takes what a survey has found; true when more is watched than before, so that something may have
 * changed before it was. */
bool files_take(struct dev *d, const struct run *run);
/* The same when there is nothing: what may come back is watched. */
bool files_ways(struct dev *d);
/* What a round has read is what later changes are compared with. */
void files_loaded(struct dev *d, const struct run *run);
/* Says once that something is polled, and why. */
void files_tell_polled(struct dev *d);
void file_pending(struct known *k, bool changed);
/* Its directory is followed; true when it was not before. */
bool files_follow_parent(struct dev *d, const char *path);
/* Looks where the path of every input leads. */
void files_check_ways(struct dev *d);

/* SHA-256 of a file, or "" and errno's code: EFBIG where it is too large to be hashed here. */
int files_hash(const char *path, char hex[DIGEST_HEX]);
/* Follows what a path leads through; true when more is followed than before. */
bool files_follow_way(struct dev *d, const char *path);
bool files_is_open_save(const char *path, bool *open);
void files_note_polled(struct dev *d, const char *why);
/* That of its first scenario, of dev->specs; or NULL. */
const struct sandbox_spec *files_find_spec(struct dev *d, const struct test_file *f);

/* ---- dev_inputs.c ---- */
/* What the files of a survey read; true when more is followed than before. */
bool inputs_take(struct dev *d, const struct run *run);
/* A file that is invalid now reads what it read before. */
void inputs_keep_users(struct watched_input *in);
void inputs_check(struct watched_input *in);
/* How long a round of what is pending has to wait for looks at what the same save may have changed:
 * ns, 0 = it need not. */
int64_t inputs_wait(const struct dev *d);
/* Why this session would never rest: what it says changes what its tests see. In a; NULL: it rests.
 */
const char *inputs_own_output(const struct dev *d, struct arena *a);
void inputs_news(struct watched_input *in, bool whole);

/* ---- dev_links.c ---- */
/* Follows the links among the directories of a path; true when more is followed than before. */
bool links_follow(struct dev *d, const char *path);

/* ---- dev_images.c ---- */
void images_take(struct dev *d, struct known *k, const struct test_file *f);
void images_check(struct dev *d);

#endif
