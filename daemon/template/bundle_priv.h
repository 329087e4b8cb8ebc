/* daemon/template/bundle_priv.h - templates that know each other. */
#ifndef DAEMON_TEMPLATE_BUNDLE_PRIV_H
#define DAEMON_TEMPLATE_BUNDLE_PRIV_H

#include "daemon/template/program_priv.h"

/* What `ns::` means in one template. */
struct namespace
{
	uint32_t ns;             /* name of the bundle */
	const struct part *part; /* whose macros */
};

/* A template as a part of a bundle. */
struct part {
	struct template *t;
	uint32_t *names;           /* of the template to those of the bundle */
	const struct part **files; /* what its references mean; NULL: missing */
	const struct part *parent; /* NULL: none */
	struct namespace *spaces;
	size_t n_spaces, cap_spaces;
	bool spaces_done;
};

struct bundle {
	struct arena *arena;
	struct part **parts; /* the main one first */
	size_t n_parts, cap_parts;
	struct name *names;
	uint32_t n_names;
	size_t cap_names;
	const struct part *root; /* the outermost parent, or the main one */
};

/* The block or macro of a name of the bundle, or NULL. */
const struct block *part_block(const struct part *p, uint32_t name);
const struct macro *part_macro(const struct part *p, uint32_t name);
const struct part *part_space(const struct part *p, uint32_t ns);

#endif
