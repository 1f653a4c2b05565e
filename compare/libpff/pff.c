/* Walks a PST or OST file with libpff: every property of every folder, message, recipient and
 * attachment, and every row of the folders' tables.
 *
 *   pff walk FILE    reads everything and prints what it counted
 *   pff dump FILE    prints everything as JSON Lines, for values.py
 *
 * An object is named by the numbers of its nodes: f122 is a folder, m200024 a message,
 * m200024/a8025 an attachment of it, m200024/a8025/e the message embedded in that, and
 * m200024/a8025/data the bytes of an OLE object. Rows of tables are named by the table and the
 * number of the row.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpff.h>

enum { PATH_SIZE = 2048, MAX_DEPTH = 64 };

static libpff_file_t *file;
static int dumping;
static uint8_t *buffer;
static size_t buffer_size;
static unsigned char named[0x10000];
/* Whether the data of the attachment is an object, and not a value. */
static int object_data;

static struct {
	uint64_t folders, messages, associated, attachments, embedded, recipients, rows, properties,
	    bytes, errors;
} count;

static void message(libpff_item_t *item, const char *path, int depth);

/* Counts an error and forgets it; in a dump it is shown. */
static void failed(const char *path, uint32_t tag, libpff_error_t **error)
{
	char text[512];

	count.errors++;
	if (dumping) {
		text[0] = 0;
		if (*error == NULL || libpff_error_sprint(*error, text, sizeof text) <= 0)
			strcpy(text, "error");
		for (char *c = text; *c; c++)
			if (*c == '"' || *c == '\\' || (unsigned char) *c < ' ' || (unsigned char) *c > '~')
				*c = ' ';
		printf("{\"o\":\"%s\",\"t\":\"%08" PRIx32 "\",\"e\":\"%s\"}\n", path, tag, text);
	}
	libpff_error_free(error);
}

static void hex(const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char out[512];

	while (size > 0) {
		size_t part = size < sizeof out / 2 ? size : sizeof out / 2;
		for (size_t i = 0; i < part; i++) {
			out[2 * i] = digits[bytes[i] >> 4];
			out[2 * i + 1] = digits[bytes[i] & 15];
		}
		fwrite(out, 2, part, stdout);
		bytes += part;
		size -= part;
	}
}

/* The name behind a property ID from 0x8000, once for each ID. */
static void name(uint32_t id, libpff_record_entry_t *entry)
{
	libpff_name_to_id_map_entry_t *map = NULL;
	libpff_error_t *error = NULL;
	uint8_t type = 0, guid[16], text[4096];
	uint32_t number = 0;
	size_t size = 0;

	if (id > 0xffff || named[id])
		return;
	named[id] = 1;
	if (libpff_record_entry_get_name_to_id_map_entry(entry, &map, &error) != 1 || map == NULL) {
		libpff_error_free(&error);
		return;
	}
	if (libpff_name_to_id_map_entry_get_type(map, &type, &error) != 1 ||
	    libpff_name_to_id_map_entry_get_guid(map, guid, sizeof guid, &error) != 1) {
		failed("names", id << 16, &error);
		return;
	}
	printf("{\"o\":\"names\",\"t\":\"%04" PRIx32 "0000\",\"v\":\"", id);
	hex(guid, sizeof guid);
	if (type == LIBPFF_NAME_TO_ID_MAP_ENTRY_TYPE_NUMERIC) {
		libpff_name_to_id_map_entry_get_number(map, &number, &error);
		printf("00%08" PRIx32, number);
	} else if (libpff_name_to_id_map_entry_get_utf8_string_size(map, &size, &error) == 1 &&
	    size <= sizeof text &&
	    libpff_name_to_id_map_entry_get_utf8_string(map, text, size, &error) == 1) {
		printf("01");
		hex(text, strnlen((char *) text, size));
	}
	printf("\"}\n");
	libpff_error_free(&error);
}

static void entry(libpff_record_set_t *set, int index, const char *path)
{
	libpff_record_entry_t *entry = NULL;
	libpff_error_t *error = NULL;
	uint32_t id = 0, type = 0, tag;
	size_t size = 0;

	if (libpff_record_set_get_entry_by_index(set, index, &entry, &error) != 1) {
		failed(path, 0, &error);
		return;
	}
	libpff_record_entry_get_entry_type(entry, &id, &error);
	libpff_record_entry_get_value_type(entry, &type, &error);
	libpff_error_free(&error);
	tag = id << 16 | (type & 0xffff);
	if (tag == 0x3701000d)
		object_data = 1;
	if (dumping && id >= 0x8000)
		name(id, entry);
	if (libpff_record_entry_get_data_size(entry, &size, &error) != 1) {
		failed(path, tag, &error);
	} else {
		if (size > buffer_size) {
			buffer_size = size * 2;
			free(buffer);
			buffer = malloc(buffer_size);
			if (buffer == NULL)
				exit(70);
		}
		if (size > 0 && libpff_record_entry_get_data(entry, buffer, size, &error) != 1) {
			failed(path, tag, &error);
		} else {
			count.properties++;
			count.bytes += size;
			if (dumping) {
				printf("{\"o\":\"%s\",\"t\":\"%08" PRIx32 "\",\"v\":\"", path, tag);
				hex(buffer, size);
				printf("\"}\n");
			}
		}
	}
	libpff_record_entry_free(&entry, NULL);
}

static void entries(libpff_record_set_t *set, const char *path)
{
	libpff_error_t *error = NULL;
	int entries = 0;

	if (libpff_record_set_get_number_of_entries(set, &entries, &error) != 1)
		failed(path, 0, &error);
	for (int i = 0; i < entries; i++)
		entry(set, i, path);
}

/* The properties of an item that has one set of them. */
static void properties(libpff_item_t *item, const char *path)
{
	libpff_error_t *error = NULL;
	libpff_record_set_t *set = NULL;
	int sets = 0;

	if (dumping)
		printf("{\"o\":\"%s\"}\n", path);
	if (libpff_item_get_number_of_record_sets(item, &sets, &error) != 1)
		failed(path, 0, &error);
	for (int i = 0; i < sets; i++) {
		if (libpff_item_get_record_set_by_index(item, i, &set, &error) != 1) {
			failed(path, 0, &error);
			continue;
		}
		entries(set, path);
		libpff_record_set_free(&set, NULL);
	}
}

/* The rows of an item that is a table; frees it. */
static uint64_t rows(libpff_item_t *item, const char *path, const char *table)
{
	libpff_error_t *error = NULL;
	libpff_record_set_t *set = NULL;
	libpff_record_entry_t *number = NULL;
	char row[PATH_SIZE];
	uint32_t id;
	int sets = 0;

	snprintf(row, sizeof row, "%s/%s", path, table);
	if (libpff_item_get_number_of_record_sets(item, &sets, &error) != 1)
		failed(row, 0, &error);
	for (int i = 0; i < sets; i++) {
		if (libpff_item_get_record_set_by_index(item, i, &set, &error) != 1) {
			failed(row, 0, &error);
			continue;
		}
		if (dumping) {
			id = 0;
			if (libpff_record_set_get_entry_by_type(set, 0x67f2, 3, &number, 0, &error) == 1) {
				libpff_record_entry_get_data_as_32bit_integer(number, &id, &error);
				libpff_record_entry_free(&number, NULL);
			}
			libpff_error_free(&error);
			snprintf(row, sizeof row, "%s/%s/%" PRIx32, path, table, id);
			printf("{\"o\":\"%s\"}\n", row);
		}
		entries(set, row);
		libpff_record_set_free(&set, NULL);
		count.rows++;
	}
	libpff_item_free(&item, NULL);
	return sets;
}

/* The data of an attachment that holds an OLE object. */
static void data(libpff_item_t *item, const char *path)
{
	libpff_error_t *error = NULL;
	uint8_t part[4096];
	ssize_t size;

	if (dumping)
		printf("{\"o\":\"%s/data\",\"t\":\"37010102\",\"v\":\"", path);
	while ((size = libpff_attachment_data_read_buffer(item, part, sizeof part, &error)) > 0) {
		count.bytes += size;
		if (dumping)
			hex(part, size);
	}
	if (dumping)
		printf("\"}\n");
	if (size < 0)
		failed(path, 0x37010102, &error);
}

static void attachment(libpff_item_t *item, const char *path, int depth)
{
	libpff_error_t *error = NULL;
	libpff_item_t *inner = NULL;
	char inside[PATH_SIZE];
	int type = 0;

	count.attachments++;
	object_data = 0;
	properties(item, path);
	if (libpff_attachment_get_type(item, &type, &error) == 1 &&
	    type == LIBPFF_ATTACHMENT_TYPE_DATA && object_data)
		data(item, path);
	if (libpff_attachment_get_type(item, &type, &error) != 1 ||
	    type != LIBPFF_ATTACHMENT_TYPE_ITEM || depth >= MAX_DEPTH) {
		libpff_error_free(&error);
		return;
	}
	snprintf(inside, sizeof inside, "%s/e", path);
	if (libpff_attachment_get_item(item, &inner, &error) != 1) {
		failed(inside, 0, &error);
		return;
	}
	count.embedded++;
	message(inner, inside, depth + 1);
	libpff_item_free(&inner, NULL);
}

static void message(libpff_item_t *item, const char *path, int depth)
{
	libpff_error_t *error = NULL;
	libpff_item_t *part = NULL;
	char inside[PATH_SIZE];
	uint32_t id = 0;
	int parts = 0;

	properties(item, path);
	switch (libpff_message_get_recipients(item, &part, &error)) {
	case 1:
		count.recipients += rows(part, path, "recipients");
		part = NULL;
		break;
	case -1:
		failed(path, 1, &error);
	}
	if (libpff_message_get_number_of_attachments(item, &parts, &error) != 1)
		failed(path, 2, &error);
	if (parts > 0) {
		if (libpff_message_get_attachments(item, &part, &error) == 1)
			rows(part, path, "attachments");
		else
			failed(path, 3, &error);
		part = NULL;
	}
	for (int i = 0; i < parts; i++) {
		if (libpff_message_get_attachment(item, i, &part, &error) != 1) {
			failed(path, 4, &error);
			continue;
		}
		libpff_item_get_identifier(part, &id, NULL);
		snprintf(inside, sizeof inside, "%s/a%" PRIx32, path, id);
		attachment(part, inside, depth);
		libpff_item_free(&part, NULL);
	}
}

static void folder(libpff_item_t *item, const char *path)
{
	static int (*const tables[])(libpff_item_t *, libpff_item_t **, libpff_error_t **) = {
		libpff_folder_get_sub_folders,
		libpff_folder_get_sub_messages,
		libpff_folder_get_sub_associated_contents,
	};
	static const char *const names[] = {"hierarchy", "contents", "associated"};
	libpff_error_t *error = NULL;
	libpff_item_t *table = NULL;

	count.folders++;
	properties(item, path);
	for (int i = 0; i < 3; i++) {
		table = NULL;
		switch (tables[i](item, &table, &error)) {
		case 1:
			rows(table, path, names[i]);
			break;
		case -1:
			failed(path, i, &error);
		}
	}
}

/* An item of the tree of nodes, and those below it. */
static void tree(libpff_item_t *item, int depth)
{
	libpff_error_t *error = NULL;
	libpff_item_t *below = NULL;
	char path[32];
	uint32_t id = 0;
	int items = 0;

	libpff_item_get_identifier(item, &id, &error);
	/* Before a message is read: its parts join the tree. */
	if (libpff_item_get_number_of_sub_items(item, &items, &error) != 1)
		failed("tree", id, &error);
	switch (id & 0x1f) {
	case 0x02:
	case 0x03:
		snprintf(path, sizeof path, "f%" PRIx32, id);
		folder(item, path);
		break;
	case 0x04:
	case 0x08:
		count.messages += (id & 0x1f) == 0x04;
		count.associated += (id & 0x1f) == 0x08;
		snprintf(path, sizeof path, "m%" PRIx32, id);
		message(item, path, 0);
		return;
	}
	for (int i = 0; i < items && depth < 256; i++) {
		below = NULL;
		if (libpff_item_get_sub_item(item, i, &below, &error) != 1) {
			failed("tree", id, &error);
			continue;
		}
		tree(below, depth + 1);
		libpff_item_free(&below, NULL);
	}
}

int main(int argc, char **argv)
{
	libpff_error_t *error = NULL;
	libpff_item_t *item = NULL;
	int orphans = 0;

	if (argc != 3 || (strcmp(argv[1], "walk") != 0 && strcmp(argv[1], "dump") != 0)) {
		fprintf(stderr, "usage: pff walk|dump FILE\n");
		return 64;
	}
	dumping = argv[1][0] == 'd';
	if (libpff_file_initialize(&file, &error) != 1 ||
	    libpff_file_open(file, argv[2], LIBPFF_OPEN_READ, &error) != 1) {
		libpff_error_fprint(error, stderr);
		return 1;
	}
	if (libpff_file_get_message_store(file, &item, &error) == 1) {
		properties(item, "store");
		libpff_item_free(&item, NULL);
	} else {
		failed("store", 0, &error);
	}
	if (libpff_file_get_root_item(file, &item, &error) == 1) {
		tree(item, 0);
		libpff_item_free(&item, NULL);
	} else {
		failed("tree", 0, &error);
	}
	if (libpff_file_get_number_of_orphan_items(file, &orphans, &error) != 1)
		failed("orphans", 0, &error);
	for (int i = 0; i < orphans; i++) {
		if (libpff_file_get_orphan_item_by_index(file, i, &item, &error) != 1) {
			failed("orphans", i, &error);
			continue;
		}
		tree(item, 0);
		libpff_item_free(&item, NULL);
	}
	if (!dumping)
		printf("folders %" PRIu64 " messages %" PRIu64 " associated %" PRIu64
		       " attachments %" PRIu64 " embedded %" PRIu64 " recipients %" PRIu64
		       " rows %" PRIu64 " properties %" PRIu64 " bytes %" PRIu64 " errors %" PRIu64 "\n",
		    count.folders, count.messages, count.associated, count.attachments,
		    count.embedded, count.recipients, count.rows, count.properties, count.bytes,
		    count.errors);
	libpff_file_close(file, NULL);
	libpff_file_free(&file, NULL);
	return 0;
}
