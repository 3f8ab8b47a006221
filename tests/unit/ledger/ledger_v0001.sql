PRAGMA application_id = 1347375948;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE facts (
	seq INTEGER NOT NULL, 
	payment_id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	body TEXT NOT NULL, 
	at TEXT NOT NULL, 
	operator TEXT NOT NULL, 
	approver TEXT NOT NULL, 
	counter TEXT NOT NULL, 
	prev_mac TEXT NOT NULL, 
	mac TEXT NOT NULL, 
	CONSTRAINT pk_facts PRIMARY KEY (seq), 
	CONSTRAINT ck_facts_seq CHECK (seq > 0), 
	CONSTRAINT ck_facts_version CHECK (version > 0), 
	CONSTRAINT uq_facts_payment_id UNIQUE (payment_id, version)
)
 STRICT

;
INSERT INTO "facts" VALUES(1,'pay1',1,'prepared','{"card_brand":"비씨카드","card_masked":"943112******4242","customer_uid":"","environment":"practice","gateway":"kcp","identity":null,"order":{"amount":55000,"buyer_email":"hong@example.com","buyer_name":"홍길동","buyer_phone":"010-1234-5678","months":0,"product":"꽃바구니","tax_free":0},"order_date":"20250302","order_no":"20250302010000000000000001","payment_id":"pay1","reason":"","sale_id":"sale1","schedule_id":"","site":"T0000","supersedes":null}','2025-03-01T15:30:00.250000+00:00','주인','','01','1e7c48a97c6246a527f415aca3baa345a455be1c2a9df8c5847582f9a5b41b49','0fa20c2d4862a202965ee45c0c7ea220929b25da76c062da8e5b21283076cf29');
INSERT INTO "facts" VALUES(2,'pay1',2,'sending','{"timeout_s":"60.0"}','2025-03-01T15:30:00.250000+00:00','주인','','01','0fa20c2d4862a202965ee45c0c7ea220929b25da76c062da8e5b21283076cf29','3668dcd788d4fa7e0f275b87dcc8ee08ed14066852575c55cb4d176a84807102');
INSERT INTO "facts" VALUES(3,'pay1',3,'approved','{"approval":{"acquirer":"","approval_no":"30000001","approved_at":"2025-03-02T00:30:05.000000+09:00","card_masked":"","check_card":null,"corporate":null,"gateway_ref":"25030200000001","interest_free":false,"issuer":"비씨카드","issuer_code":"","merchant_no":"","partial_cancel":true,"receipt_url":"","sandbox":false,"warning":""},"by_look_up":false,"by_person":false,"evidence":""}','2025-03-01T15:30:00.250000+00:00','주인','','01','3668dcd788d4fa7e0f275b87dcc8ee08ed14066852575c55cb4d176a84807102','f47fd8f8ee27225fe6c68d01a34250306d522d2209b90d01ce7e66201268e08d');
INSERT INTO "facts" VALUES(4,'pay1',4,'refund_prepared','{"amount":20000,"balance_before":55000,"partial":true,"reason":"단순 변심","refund_id":"refund1","tax_free":0}','2025-03-01T15:30:00.250000+00:00','김직원','이점장','02','f47fd8f8ee27225fe6c68d01a34250306d522d2209b90d01ce7e66201268e08d','2ad5bd79bc9023a7246c2d6dd6eb64af5c39e19670dc9a5c0b891ed49068888a');
INSERT INTO "facts" VALUES(5,'pay1',5,'refund_sending','{"refund_id":"refund1"}','2025-03-01T15:30:00.250000+00:00','김직원','이점장','02','2ad5bd79bc9023a7246c2d6dd6eb64af5c39e19670dc9a5c0b891ed49068888a','404c8af7765f6f9165870b0fff374b89c8c48b2085eccb929a68fbee5b7da7c4');
INSERT INTO "facts" VALUES(6,'pay1',6,'refund_done','{"by_look_up":false,"cancelled_at":"2025-03-03T09:00:00.000000+09:00","evidence":"","refund_id":"refund1","serial":"7"}','2025-03-01T15:30:00.250000+00:00','김직원','이점장','02','404c8af7765f6f9165870b0fff374b89c8c48b2085eccb929a68fbee5b7da7c4','317751e28609683c8bf4e50f8c6b5a438d95284fd363b7475bdda90b7cb0693d');
INSERT INTO "facts" VALUES(7,'pay2',1,'prepared','{"card_brand":"비씨카드","card_masked":"943112******4242","customer_uid":"","environment":"practice","gateway":"kcp","identity":null,"order":{"amount":55000,"buyer_email":"hong@example.com","buyer_name":"김광수","buyer_phone":"010-1234-5678","months":0,"product":"꽃바구니","tax_free":0},"order_date":"20250302","order_no":"20250302010000000000000002","payment_id":"pay2","reason":"","sale_id":"sale2","schedule_id":"","site":"T0000","supersedes":null}','2025-03-01T15:30:00.250000+00:00','주인','','01','317751e28609683c8bf4e50f8c6b5a438d95284fd363b7475bdda90b7cb0693d','50cb2e0117f47e3af3667cc732f021a19c3564712ab8c9109fa4f8c6308e0c51');
INSERT INTO "facts" VALUES(8,'pay2',2,'sending','{"timeout_s":"60.0"}','2025-03-01T15:30:00.250000+00:00','주인','','01','50cb2e0117f47e3af3667cc732f021a19c3564712ab8c9109fa4f8c6308e0c51','21f037bc83605ce4893e76cf1d29458431b598d9fb78e997ead24b6d515e5d74');
INSERT INTO "facts" VALUES(9,'pay2',3,'no_answer','{"candidate_ref":null,"refusal":null,"why":"timeout"}','2025-03-01T15:30:00.250000+00:00','주인','','01','21f037bc83605ce4893e76cf1d29458431b598d9fb78e997ead24b6d515e5d74','a8d9e0fae7e1bbaaf1a8922c6c734881ef8ac701c3d4fa31417ae4e4c4b3a62f');
INSERT INTO "facts" VALUES(10,'pay3',1,'prepared','{"card_brand":"비씨카드","card_masked":"943112******4242","customer_uid":"","environment":"practice","gateway":"kcp","identity":null,"order":{"amount":55000,"buyer_email":"hong@example.com","buyer_name":"홍길동","buyer_phone":"010-1234-5678","months":0,"product":"꽃바구니","tax_free":0},"order_date":"20250302","order_no":"20250302010000000000000003","payment_id":"pay3","reason":"","sale_id":"sale3","schedule_id":"","site":"T0000","supersedes":null}','2025-03-01T15:30:00.250000+00:00','주인','','01','a8d9e0fae7e1bbaaf1a8922c6c734881ef8ac701c3d4fa31417ae4e4c4b3a62f','ea419ae3817d1558f88edd5e104bbfc1ac5e5f83aad126c7f179c63813a368bf');
INSERT INTO "facts" VALUES(11,'pay3',2,'sending','{"timeout_s":"60.0"}','2025-03-01T15:30:00.250000+00:00','주인','','01','ea419ae3817d1558f88edd5e104bbfc1ac5e5f83aad126c7f179c63813a368bf','a0e1ed8defed1a11971e8e5697e2019e4dff63dbdc82ba489357bd6079a1e6ad');
INSERT INTO "facts" VALUES(12,'pay3',3,'declined','{"refusal":{"advice":"other_card","code":"CC61","meaning_en":"over the limit","meaning_ko":"한도를 넘었습니다","raw_message":"한도초과"}}','2025-03-01T15:30:00.250000+00:00','주인','','01','a0e1ed8defed1a11971e8e5697e2019e4dff63dbdc82ba489357bd6079a1e6ad','440574aae62e4d437f75d02ecdf85807a559c8a2df39406ea6375559b76ec0c0');
CREATE TABLE ledger_head (
	id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	mac TEXT NOT NULL, 
	seal TEXT NOT NULL, 
	CONSTRAINT pk_ledger_head PRIMARY KEY (id), 
	CONSTRAINT ck_ledger_head_one_row CHECK (id = 1)
)
 STRICT

;
INSERT INTO "ledger_head" VALUES(1,12,'440574aae62e4d437f75d02ecdf85807a559c8a2df39406ea6375559b76ec0c0','3ccf8a28e4b001ce51b2c6c19ec5e0dc93f92776cd06f8f392718c1cd335f725');
CREATE TABLE ledger_meta (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_ledger_meta PRIMARY KEY (name)
)
 STRICT

;
INSERT INTO "ledger_meta" VALUES('install_id','5f0c');
INSERT INTO "ledger_meta" VALUES('genesis','1e7c48a97c6246a527f415aca3baa345a455be1c2a9df8c5847582f9a5b41b49');
CREATE TABLE payments (
	payment_id TEXT NOT NULL, 
	first_seq INTEGER NOT NULL, 
	sale_id TEXT NOT NULL, 
	order_no TEXT NOT NULL, 
	order_date TEXT NOT NULL, 
	gateway TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	site TEXT NOT NULL, 
	state TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	live INTEGER NOT NULL, 
	open INTEGER NOT NULL, 
	amount INTEGER NOT NULL, 
	tax_free INTEGER NOT NULL, 
	months INTEGER NOT NULL, 
	refunded INTEGER NOT NULL, 
	balance INTEGER NOT NULL, 
	product TEXT NOT NULL, 
	buyer_name TEXT NOT NULL, 
	buyer_phone TEXT NOT NULL, 
	buyer_email TEXT NOT NULL, 
	card_masked TEXT NOT NULL, 
	card_brand TEXT NOT NULL, 
	last4 TEXT NOT NULL, 
	approval_no TEXT NOT NULL, 
	gateway_ref TEXT NOT NULL, 
	issuer TEXT NOT NULL, 
	person_needed TEXT NOT NULL, 
	unwanted TEXT NOT NULL, 
	operator TEXT NOT NULL, 
	counter TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	settled_at TEXT, 
	changed_at TEXT NOT NULL, 
	CONSTRAINT pk_payments PRIMARY KEY (payment_id), 
	CONSTRAINT ck_payments_amount CHECK (amount > 0), 
	CONSTRAINT ck_payments_live CHECK (live IN (0, 1)), 
	CONSTRAINT ck_payments_months CHECK (months = 0 OR months BETWEEN 2 AND 36), 
	CONSTRAINT ck_payments_open CHECK (open IN (0, 1)), 
	CONSTRAINT ck_payments_balance CHECK (refunded + balance = amount), 
	CONSTRAINT ck_payments_refunded CHECK (refunded >= 0 AND balance >= 0), 
	CONSTRAINT ck_payments_tax_free CHECK (tax_free >= 0 AND tax_free <= amount), 
	CONSTRAINT ck_payments_version CHECK (version > 0), 
	CONSTRAINT uq_payments_first_seq UNIQUE (first_seq), 
	CONSTRAINT uq_payments_order_no UNIQUE (order_no, site)
)
 STRICT

;
INSERT INTO "payments" VALUES('pay1',1,'sale1','20250302010000000000000001','20250302','kcp','practice','T0000','APPROVED',6,1,0,55000,0,0,20000,35000,'꽃바구니','홍길동','010-1234-5678','hong@example.com','943112******4242','비씨카드','4242','30000001','25030200000001','비씨카드','','','주인','01','2025-03-01T15:30:00.250000+00:00','2025-03-01T15:30:00.250000+00:00','2025-03-01T15:30:00.250000+00:00');
INSERT INTO "payments" VALUES('pay2',7,'sale2','20250302010000000000000002','20250302','kcp','practice','T0000','UNKNOWN',3,1,1,55000,0,0,0,55000,'꽃바구니','김광수','010-1234-5678','hong@example.com','943112******4242','비씨카드','4242','','','','','','주인','01','2025-03-01T15:30:00.250000+00:00',NULL,'2025-03-01T15:30:00.250000+00:00');
INSERT INTO "payments" VALUES('pay3',10,'sale3','20250302010000000000000003','20250302','kcp','practice','T0000','DECLINED',3,0,0,55000,0,0,0,55000,'꽃바구니','홍길동','010-1234-5678','hong@example.com','943112******4242','비씨카드','4242','','','','','','주인','01','2025-03-01T15:30:00.250000+00:00','2025-03-01T15:30:00.250000+00:00','2025-03-01T15:30:00.250000+00:00');
CREATE TABLE refunds (
	refund_id TEXT NOT NULL, 
	payment_id TEXT NOT NULL, 
	state TEXT NOT NULL, 
	live INTEGER NOT NULL, 
	amount INTEGER NOT NULL, 
	tax_free INTEGER NOT NULL, 
	balance_before INTEGER NOT NULL, 
	partial INTEGER NOT NULL, 
	tries INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	serial TEXT NOT NULL, 
	operator TEXT NOT NULL, 
	approver TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	settled_at TEXT, 
	CONSTRAINT pk_refunds PRIMARY KEY (refund_id), 
	CONSTRAINT ck_refunds_amount CHECK (amount > 0), 
	CONSTRAINT ck_refunds_balance_before CHECK (balance_before >= amount), 
	CONSTRAINT ck_refunds_live CHECK (live IN (0, 1)), 
	CONSTRAINT ck_refunds_partial CHECK (partial IN (0, 1)), 
	CONSTRAINT ck_refunds_tax_free CHECK (tax_free >= 0 AND tax_free <= amount), 
	CONSTRAINT fk_refunds_payment_id FOREIGN KEY(payment_id) REFERENCES payments (payment_id)
)
 STRICT

;
INSERT INTO "refunds" VALUES('refund1','pay1','DONE',0,20000,0,55000,1,1,'단순 변심','7','김직원','이점장','2025-03-01T15:30:00.250000+00:00','2025-03-03T00:00:00.000000+00:00');
CREATE TABLE search_texts (
	first_seq INTEGER NOT NULL, 
	words TEXT NOT NULL, 
	CONSTRAINT pk_search_texts PRIMARY KEY (first_seq), 
	CONSTRAINT fk_search_texts_first_seq FOREIGN KEY(first_seq) REFERENCES payments (first_seq)
)
 STRICT

;
INSERT INTO "search_texts" VALUES(1,'20250302010000000000000001
30000001
4242
홍길동
ㅎㄱㄷ
010-1234-5678
01012345678
꽃바구니
ㄲㅂㄱㄴ
hong@example.com
25030200000001');
INSERT INTO "search_texts" VALUES(7,'20250302010000000000000002
4242
김광수
ㄱㄱㅅ
010-1234-5678
01012345678
꽃바구니
ㄲㅂㄱㄴ
hong@example.com');
INSERT INTO "search_texts" VALUES(10,'20250302010000000000000003
4242
홍길동
ㅎㄱㄷ
010-1234-5678
01012345678
꽃바구니
ㄲㅂㄱㄴ
hong@example.com');
CREATE INDEX ix_payments_amount ON payments (amount, first_seq);
CREATE INDEX ix_payments_card ON payments (card_masked, amount, first_seq);
CREATE INDEX ix_payments_created ON payments (created_at, first_seq);
CREATE INDEX ix_payments_open ON payments (open, first_seq);
CREATE UNIQUE INDEX uq_payments_live_sale ON payments (sale_id) WHERE live = 1;
CREATE INDEX ix_refunds_payment ON refunds (payment_id);
CREATE UNIQUE INDEX uq_refunds_live_payment ON refunds (payment_id) WHERE live = 1;
CREATE TRIGGER facts_no_update BEFORE UPDATE ON facts FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'ledger: facts_no_update'); END;
CREATE TRIGGER facts_no_delete BEFORE DELETE ON facts FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'ledger: facts_no_delete'); END;
CREATE TRIGGER facts_in_order BEFORE INSERT ON facts FOR EACH ROW WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM facts) OR NEW.version <> (SELECT COALESCE(MAX(version), 0) + 1 FROM facts WHERE payment_id = NEW.payment_id) BEGIN SELECT RAISE(ABORT, 'ledger: facts_in_order'); END;
CREATE TRIGGER payments_no_delete BEFORE DELETE ON payments FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'ledger: payments_no_delete'); END;
CREATE TRIGGER payments_begin BEFORE INSERT ON payments FOR EACH ROW WHEN NEW.state <> 'PREPARED' OR NEW.version <> 1 BEGIN SELECT RAISE(ABORT, 'ledger: payments_begin'); END;
CREATE TRIGGER payments_move BEFORE UPDATE ON payments FOR EACH ROW WHEN NEW.version <> OLD.version + 1 OR NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('PREPARED>SENDING', 'PREPARED>NOT_SENT', 'SENDING>APPROVED', 'SENDING>DECLINED', 'SENDING>NOT_SENT', 'SENDING>UNKNOWN', 'SENDING>MISMATCH', 'SENDING>REVERSING', 'UNKNOWN>APPROVED', 'UNKNOWN>DECLINED', 'UNKNOWN>NOT_CHARGED', 'UNKNOWN>MISMATCH', 'UNKNOWN>REVERSING', 'UNKNOWN>REVERSED', 'APPROVED>REVERSING', 'DECLINED>REVERSING', 'NOT_CHARGED>REVERSING', 'MISMATCH>REVERSING', 'MISMATCH>REVERSED', 'REVERSING>REVERSED', 'REVERSING>REVERSE_UNKNOWN', 'REVERSE_UNKNOWN>REVERSED', 'REVERSE_UNKNOWN>REVERSING') BEGIN SELECT RAISE(ABORT, 'ledger: payments_move'); END;
CREATE TRIGGER payments_fixed BEFORE UPDATE ON payments FOR EACH ROW WHEN NEW.payment_id <> OLD.payment_id OR NEW.first_seq <> OLD.first_seq OR NEW.sale_id <> OLD.sale_id OR NEW.order_no <> OLD.order_no OR NEW.order_date <> OLD.order_date OR NEW.gateway <> OLD.gateway OR NEW.environment <> OLD.environment OR NEW.site <> OLD.site OR NEW.amount <> OLD.amount OR NEW.tax_free <> OLD.tax_free OR NEW.months <> OLD.months OR NEW.product <> OLD.product OR NEW.buyer_name <> OLD.buyer_name OR NEW.buyer_phone <> OLD.buyer_phone OR NEW.buyer_email <> OLD.buyer_email OR NEW.card_masked <> OLD.card_masked OR NEW.card_brand <> OLD.card_brand OR NEW.last4 <> OLD.last4 OR NEW.operator <> OLD.operator OR NEW.counter <> OLD.counter OR NEW.created_at <> OLD.created_at BEGIN SELECT RAISE(ABORT, 'ledger: payments_fixed'); END;
CREATE TRIGGER refunds_no_delete BEFORE DELETE ON refunds FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'ledger: refunds_no_delete'); END;
CREATE TRIGGER refunds_begin BEFORE INSERT ON refunds FOR EACH ROW WHEN NEW.state <> 'PREPARED' BEGIN SELECT RAISE(ABORT, 'ledger: refunds_begin'); END;
CREATE TRIGGER refunds_move BEFORE UPDATE ON refunds FOR EACH ROW WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('PREPARED>SENDING', 'PREPARED>NOT_SENT', 'PREPARED>MANUAL', 'SENDING>DONE', 'SENDING>REFUSED', 'SENDING>NOT_SENT', 'SENDING>UNKNOWN', 'SENDING>MANUAL', 'UNKNOWN>DONE', 'UNKNOWN>NOT_DONE', 'UNKNOWN>MANUAL', 'NOT_DONE>SENDING', 'NOT_DONE>NOT_SENT', 'NOT_DONE>MANUAL', 'MANUAL>DONE', 'MANUAL>NOT_DONE') BEGIN SELECT RAISE(ABORT, 'ledger: refunds_move'); END;
CREATE TRIGGER refunds_fixed BEFORE UPDATE ON refunds FOR EACH ROW WHEN NEW.refund_id <> OLD.refund_id OR NEW.payment_id <> OLD.payment_id OR NEW.amount <> OLD.amount OR NEW.tax_free <> OLD.tax_free OR NEW.balance_before <> OLD.balance_before OR NEW.partial <> OLD.partial OR NEW.reason <> OLD.reason OR NEW.operator <> OLD.operator OR NEW.approver <> OLD.approver OR NEW.created_at <> OLD.created_at BEGIN SELECT RAISE(ABORT, 'ledger: refunds_fixed'); END;
CREATE TRIGGER search_texts_no_delete BEFORE DELETE ON search_texts FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'ledger: search_texts_no_delete'); END;
CREATE TRIGGER ledger_head_no_delete BEFORE DELETE ON ledger_head FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'ledger: ledger_head_no_delete'); END;
CREATE TRIGGER ledger_head_forward BEFORE UPDATE ON ledger_head FOR EACH ROW WHEN NEW.seq <> OLD.seq + 1 BEGIN SELECT RAISE(ABORT, 'ledger: ledger_head_forward'); END;
CREATE TRIGGER ledger_meta_no_update BEFORE UPDATE ON ledger_meta FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'ledger: ledger_meta_no_update'); END;
CREATE TRIGGER ledger_meta_no_delete BEFORE DELETE ON ledger_meta FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'ledger: ledger_meta_no_delete'); END;
COMMIT;
