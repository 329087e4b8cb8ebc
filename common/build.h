/* common/build.h - which build this is. */
#ifndef COMMON_BUILD_H
#define COMMON_BUILD_H

const char *build_version(void); /* "1.0.0" */
const char *build_commit(void);  /* "9c1e22f" */
const char *build_mode(void);    /* "release", "debug", "san-1" ... */

/* "1.0.0+9c1e22f+release": client and daemon are of one build exactly when these are equal. */
const char *build_id(void);

/* What can be left out of a build and is in this one, NULL-ended: the features that clnrm version
 * shows. */
const char *const *build_features(void);

#endif
