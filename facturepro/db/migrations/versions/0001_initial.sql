CREATE TABLE capture_context (
	id INTEGER NOT NULL, 
	device TEXT NOT NULL, 
	clock_ms INTEGER NOT NULL, 
	clock_counter INTEGER NOT NULL, 
	stamp TEXT, 
	origin TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE change_log (
	seq INTEGER NOT NULL, 
	stamp TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	record_id TEXT NOT NULL, 
	row_table TEXT NOT NULL, 
	row_id TEXT NOT NULL, 
	op TEXT NOT NULL, 
	"before" TEXT, 
	"after" TEXT, 
	origin TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
CREATE INDEX ix_change_log_record ON change_log (record_id, seq);
CREATE INDEX ix_change_log_stamp ON change_log (stamp);
CREATE TABLE change_transaction (
	stamp TEXT NOT NULL, 
	at TEXT NOT NULL, 
	label TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	undoes TEXT, 
	PRIMARY KEY (stamp)
)
 WITHOUT ROWID;
CREATE TABLE client (
	name TEXT DEFAULT '' NOT NULL, 
	company_name TEXT DEFAULT '' NOT NULL, 
	email TEXT DEFAULT '' NOT NULL, 
	phone TEXT DEFAULT '' NOT NULL, 
	siren TEXT DEFAULT '' NOT NULL, 
	vat_number TEXT DEFAULT '' NOT NULL, 
	ice TEXT DEFAULT '' NOT NULL, 
	address TEXT DEFAULT '' NOT NULL, 
	postcode TEXT DEFAULT '' NOT NULL, 
	city TEXT DEFAULT '' NOT NULL, 
	country TEXT DEFAULT 'FR' NOT NULL, 
	payment_days INTEGER, 
	notes TEXT DEFAULT '' NOT NULL, 
	is_archived BOOLEAN DEFAULT '0' NOT NULL, 
	display_name TEXT NOT NULL GENERATED ALWAYS AS (CASE WHEN company_name <> '' THEN company_name ELSE name END) VIRTUAL, 
	sort_title TEXT NOT NULL GENERATED ALWAYS AS (lower(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(CASE WHEN company_name <> '' THEN company_name ELSE name END, 'à', 'a'), 'â', 'a'), 'À', 'a'), 'Â', 'a'), 'ç', 'c'), 'Ç', 'c'), 'é', 'e'), 'è', 'e'), 'ê', 'e'), 'ë', 'e'), 'É', 'e'), 'È', 'e'), 'Ê', 'e'), 'î', 'i'), 'ï', 'i'), 'Î', 'i'), 'ô', 'o'), 'ö', 'o'), 'Ô', 'o'), 'Ö', 'o'), 'ù', 'u'), 'û', 'u'), 'ü', 'u'), 'œ', 'oe'), 'Œ', 'oe'))) VIRTUAL, 
	deleted_at TEXT, 
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
CREATE INDEX ix_client_name ON client (sort_title, id);
CREATE TABLE company (
	name TEXT DEFAULT '' NOT NULL, 
	legal_form TEXT DEFAULT '' NOT NULL, 
	capital INTEGER DEFAULT '0' NOT NULL, 
	rcs_city TEXT DEFAULT '' NOT NULL, 
	country TEXT DEFAULT 'FR' NOT NULL, 
	siren TEXT DEFAULT '' NOT NULL, 
	siret TEXT DEFAULT '' NOT NULL, 
	vat_number TEXT DEFAULT '' NOT NULL, 
	ice TEXT DEFAULT '' NOT NULL, 
	tax_id TEXT DEFAULT '' NOT NULL, 
	rc TEXT DEFAULT '' NOT NULL, 
	address TEXT DEFAULT '' NOT NULL, 
	postcode TEXT DEFAULT '' NOT NULL, 
	city TEXT DEFAULT '' NOT NULL, 
	email TEXT DEFAULT '' NOT NULL, 
	phone TEXT DEFAULT '' NOT NULL, 
	iban TEXT DEFAULT '' NOT NULL, 
	bic TEXT DEFAULT '' NOT NULL, 
	currency TEXT DEFAULT 'EUR' NOT NULL, 
	vat_regime TEXT DEFAULT 'normal' NOT NULL, 
	vat_on_debits BOOLEAN DEFAULT '0' NOT NULL, 
	payment_days INTEGER DEFAULT '30' NOT NULL, 
	late_penalty TEXT DEFAULT 'En cas de retard, pénalités au taux directeur de la BCE majoré de 10 points, exigibles sans rappel.' NOT NULL, 
	early_discount TEXT DEFAULT 'Pas d’escompte pour paiement anticipé.' NOT NULL, 
	number_prefix TEXT DEFAULT 'FA' NOT NULL, 
	layout TEXT DEFAULT 'moderne' NOT NULL, 
	accent TEXT DEFAULT '#3350C4' NOT NULL, 
	logo TEXT DEFAULT '' NOT NULL, 
	deleted_at TEXT, 
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
CREATE TABLE "conflict" (
	record_kind TEXT DEFAULT '' NOT NULL, 
	record_id TEXT DEFAULT '' NOT NULL, 
	merge_group TEXT DEFAULT '' NOT NULL, 
	kept TEXT, 
	lost TEXT, 
	kept_stamp TEXT DEFAULT '' NOT NULL, 
	lost_stamp TEXT DEFAULT '' NOT NULL, 
	resolved_at TEXT, 
	is_restored BOOLEAN DEFAULT '0' NOT NULL, 
	deleted_at TEXT, 
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
CREATE INDEX ix_conflict_open ON "conflict" (resolved_at, id);
CREATE INDEX ix_conflict_record ON "conflict" (record_kind, record_id);
CREATE TABLE device (
	name TEXT DEFAULT '' NOT NULL, 
	platform TEXT DEFAULT '' NOT NULL, 
	app_version TEXT DEFAULT '' NOT NULL, 
	series TEXT DEFAULT '' NOT NULL, 
	deleted_at TEXT, 
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
CREATE TABLE document_file (
	record_id TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	made_at TEXT NOT NULL, 
	PRIMARY KEY (record_id)
)
 WITHOUT ROWID;
CREATE TABLE image (
	media_type TEXT DEFAULT '' NOT NULL, 
	data TEXT DEFAULT '' NOT NULL, 
	deleted_at TEXT, 
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
CREATE TABLE local_state (
	"key" TEXT NOT NULL, 
	value TEXT, 
	PRIMARY KEY ("key")
)
 WITHOUT ROWID;
CREATE TABLE outbox (
	stamp TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	record_id TEXT NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	quarantined_for TEXT, 
	PRIMARY KEY (stamp, kind, record_id)
)
 WITHOUT ROWID;
CREATE INDEX ix_outbox_record ON outbox (kind, record_id);
CREATE TABLE pending_remote (
	kind TEXT NOT NULL, 
	record_id TEXT NOT NULL, 
	document TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	version TEXT, 
	PRIMARY KEY (kind, record_id)
)
 WITHOUT ROWID;
CREATE TABLE product (
	name TEXT DEFAULT '' NOT NULL, 
	sku TEXT DEFAULT '' NOT NULL, 
	type TEXT DEFAULT 'goods' NOT NULL, 
	unit TEXT DEFAULT '' NOT NULL, 
	price INTEGER DEFAULT '0' NOT NULL, 
	vat INTEGER DEFAULT '2000' NOT NULL, 
	cost INTEGER DEFAULT '0' NOT NULL, 
	min_stock INTEGER DEFAULT '0' NOT NULL, 
	barcode TEXT DEFAULT '' NOT NULL, 
	description TEXT DEFAULT '' NOT NULL, 
	is_archived BOOLEAN DEFAULT '0' NOT NULL, 
	sort_title TEXT NOT NULL GENERATED ALWAYS AS (lower(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(name, 'à', 'a'), 'â', 'a'), 'À', 'a'), 'Â', 'a'), 'ç', 'c'), 'Ç', 'c'), 'é', 'e'), 'è', 'e'), 'ê', 'e'), 'ë', 'e'), 'É', 'e'), 'È', 'e'), 'Ê', 'e'), 'î', 'i'), 'ï', 'i'), 'Î', 'i'), 'ô', 'o'), 'ö', 'o'), 'Ô', 'o'), 'Ö', 'o'), 'ù', 'u'), 'û', 'u'), 'ü', 'u'), 'œ', 'oe'), 'Œ', 'oe'))) VIRTUAL, 
	deleted_at TEXT, 
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
CREATE INDEX ix_product_name ON product (sort_title, id);
CREATE INDEX ix_product_sku ON product (sku);
CREATE TABLE record_state (
	kind TEXT NOT NULL, 
	record_id TEXT NOT NULL, 
	clock TEXT NOT NULL, 
	base TEXT NOT NULL, 
	extra TEXT, 
	schema INTEGER NOT NULL, 
	version TEXT, 
	PRIMARY KEY (kind, record_id)
)
 WITHOUT ROWID;
CREATE TABLE stock_level (
	product_id TEXT NOT NULL, 
	warehouse_id TEXT NOT NULL, 
	quantity INTEGER NOT NULL, 
	PRIMARY KEY (product_id, warehouse_id)
)
 WITHOUT ROWID;
CREATE TABLE warehouse (
	name TEXT DEFAULT '' NOT NULL, 
	address TEXT DEFAULT '' NOT NULL, 
	is_archived BOOLEAN DEFAULT '0' NOT NULL, 
	sort_title TEXT NOT NULL GENERATED ALWAYS AS (lower(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(name, 'à', 'a'), 'â', 'a'), 'À', 'a'), 'Â', 'a'), 'ç', 'c'), 'Ç', 'c'), 'é', 'e'), 'è', 'e'), 'ê', 'e'), 'ë', 'e'), 'É', 'e'), 'È', 'e'), 'Ê', 'e'), 'î', 'i'), 'ï', 'i'), 'Î', 'i'), 'ô', 'o'), 'ö', 'o'), 'Ô', 'o'), 'Ö', 'o'), 'ù', 'u'), 'û', 'u'), 'ü', 'u'), 'œ', 'oe'), 'Œ', 'oe'))) VIRTUAL, 
	deleted_at TEXT, 
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
CREATE TABLE invoice (
	client_id TEXT, 
	issued_on TEXT, 
	due_on TEXT, 
	delivered_on TEXT, 
	client_reference TEXT DEFAULT '' NOT NULL, 
	notes TEXT DEFAULT '' NOT NULL, 
	layout TEXT DEFAULT '' NOT NULL, 
	internal_note TEXT DEFAULT '' NOT NULL, 
	number TEXT, 
	series TEXT DEFAULT '' NOT NULL, 
	counter INTEGER DEFAULT '0' NOT NULL, 
	issued_at TEXT, 
	issued_by TEXT DEFAULT '' NOT NULL, 
	snapshot TEXT DEFAULT '' NOT NULL, 
	logo_id TEXT DEFAULT '' NOT NULL, 
	previous_hash TEXT DEFAULT '' NOT NULL, 
	chain_position INTEGER DEFAULT '0' NOT NULL, 
	hash TEXT DEFAULT '' NOT NULL, 
	total_net INTEGER DEFAULT '0' NOT NULL, 
	total_vat INTEGER DEFAULT '0' NOT NULL, 
	total_gross INTEGER DEFAULT '0' NOT NULL, 
	amount_paid INTEGER DEFAULT '0' NOT NULL, 
	amount_due INTEGER DEFAULT '0' NOT NULL, 
	status TEXT DEFAULT 'draft' NOT NULL, 
	client_name TEXT DEFAULT '' NOT NULL, 
	sort_on TEXT DEFAULT '' NOT NULL, 
	sort_title TEXT NOT NULL GENERATED ALWAYS AS (lower(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(client_name, 'à', 'a'), 'â', 'a'), 'À', 'a'), 'Â', 'a'), 'ç', 'c'), 'Ç', 'c'), 'é', 'e'), 'è', 'e'), 'ê', 'e'), 'ë', 'e'), 'É', 'e'), 'È', 'e'), 'Ê', 'e'), 'î', 'i'), 'ï', 'i'), 'Î', 'i'), 'ô', 'o'), 'ö', 'o'), 'Ô', 'o'), 'Ö', 'o'), 'ù', 'u'), 'û', 'u'), 'ü', 'u'), 'œ', 'oe'), 'Œ', 'oe'))) VIRTUAL, 
	deleted_at TEXT, 
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(client_id) REFERENCES client (id), 
	UNIQUE (id)
);
CREATE INDEX ix_invoice_chain ON invoice (issued_by, chain_position);
CREATE INDEX ix_invoice_client ON invoice (client_id, sort_on, id, status, amount_due, total_net);
CREATE INDEX ix_invoice_due ON invoice (status, due_on, amount_due);
CREATE INDEX ix_invoice_due_sort ON invoice (coalesce(due_on, ''), id);
CREATE INDEX ix_invoice_name ON invoice (sort_title, id);
CREATE INDEX ix_invoice_number ON invoice (number);
CREATE INDEX ix_invoice_number_sort ON invoice (coalesce(number, ''), id);
CREATE INDEX ix_invoice_series ON invoice (series, counter);
CREATE INDEX ix_invoice_sort ON invoice (sort_on, id, status, total_gross, amount_due, deleted_at);
CREATE INDEX ix_invoice_status ON invoice (status, sort_on, id, due_on, amount_due, total_gross);
CREATE INDEX ix_invoice_total ON invoice (total_gross, id, status, amount_due, deleted_at);
CREATE INDEX ix_invoice_turnover ON invoice (issued_on, status, total_net);
CREATE TABLE stock_movement (
	product_id TEXT, 
	warehouse_id TEXT, 
	quantity INTEGER DEFAULT '0' NOT NULL, 
	unit_cost INTEGER, 
	reason TEXT DEFAULT 'receipt' NOT NULL, 
	moved_on TEXT, 
	document_id TEXT DEFAULT '' NOT NULL, 
	document_number TEXT DEFAULT '' NOT NULL, 
	note TEXT DEFAULT '' NOT NULL, 
	deleted_at TEXT, 
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(product_id) REFERENCES product (id), 
	FOREIGN KEY(warehouse_id) REFERENCES warehouse (id), 
	UNIQUE (id)
);
CREATE INDEX ix_movement_date ON stock_movement (moved_on, id);
CREATE INDEX ix_movement_document ON stock_movement (document_id);
CREATE INDEX ix_movement_product ON stock_movement (product_id, moved_on, id, quantity, unit_cost);
CREATE TABLE invoice_line (
	invoice_id TEXT, 
	position INTEGER DEFAULT '0' NOT NULL, 
	product_id TEXT, 
	description TEXT DEFAULT '' NOT NULL, 
	quantity INTEGER DEFAULT '1000' NOT NULL, 
	unit TEXT DEFAULT '' NOT NULL, 
	unit_price INTEGER DEFAULT '0' NOT NULL, 
	vat_rate INTEGER DEFAULT '2000' NOT NULL, 
	discount INTEGER DEFAULT '0' NOT NULL, 
	net INTEGER DEFAULT '0' NOT NULL, 
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(invoice_id) REFERENCES invoice (id), 
	FOREIGN KEY(product_id) REFERENCES product (id), 
	UNIQUE (id)
);
CREATE INDEX ix_invoice_line_parent ON invoice_line (invoice_id, position);
CREATE INDEX ix_invoice_line_product ON invoice_line (product_id);
CREATE TABLE payment (
	invoice_id TEXT, 
	amount INTEGER DEFAULT '0' NOT NULL, 
	method TEXT DEFAULT 'transfer' NOT NULL, 
	paid_on TEXT, 
	note TEXT DEFAULT '' NOT NULL, 
	reverses_id TEXT, 
	recorded_at TEXT, 
	recorded_by TEXT DEFAULT '' NOT NULL, 
	previous_hash TEXT DEFAULT '' NOT NULL, 
	chain_position INTEGER DEFAULT '0' NOT NULL, 
	hash TEXT DEFAULT '' NOT NULL, 
	deleted_at TEXT, 
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	FOREIGN KEY(invoice_id) REFERENCES invoice (id), 
	UNIQUE (id)
);
CREATE INDEX ix_payment_chain ON payment (recorded_by, chain_position);
CREATE INDEX ix_payment_date ON payment (paid_on, id);
CREATE INDEX ix_payment_invoice ON payment (invoice_id, amount);
CREATE INDEX ix_payment_reverses ON payment (reverses_id) WHERE reverses_id IS NOT NULL;
