-- A store of layout 1, as the code of that layout made and filled it.
CREATE TABLE clearance_meta (name text PRIMARY KEY, value bigint NOT NULL);
CREATE TABLE clearance_messages (
    digest text COLLATE "C" PRIMARY KEY, serial bigint NOT NULL, names json NOT NULL,
    seen_at text NOT NULL, data bytea NOT NULL);
CREATE INDEX clearance_messages_serial ON clearance_messages (serial);
CREATE TABLE clearance_refused (
    digest text COLLATE "C" PRIMARY KEY, serial bigint NOT NULL, told json NOT NULL,
    data bytea NOT NULL);
CREATE INDEX clearance_refused_serial ON clearance_refused (serial);
CREATE TABLE clearance_declarations (
    id bigint PRIMARY KEY, keys text[] NOT NULL, told integer NOT NULL, doc json NOT NULL,
    events json NOT NULL);
CREATE TABLE clearance_passages (
    id bigint PRIMARY KEY, direction text, office text, stage text,
    guaranteed boolean NOT NULL, returned boolean NOT NULL, first_declared_at bigint,
    declared_at bigint, accepted_at bigint, reviewed_at bigint, examined_from bigint,
    examined_until bigint, released_at bigint, cleared_at bigint, withdrawn_at bigint);
CREATE INDEX clearance_passages_declared_at ON clearance_passages (declared_at);
CREATE TABLE clearance_keys (key text COLLATE "C", id bigint, PRIMARY KEY (key, id));
CREATE TABLE clearance_changed (id bigint PRIMARY KEY);
CREATE TABLE clearance_records (
    name text COLLATE "C" PRIMARY KEY, serial bigint NOT NULL, keys text[] NOT NULL,
    doc json NOT NULL);
CREATE INDEX clearance_records_serial ON clearance_records (serial);
CREATE INDEX clearance_records_keys ON clearance_records USING gin (keys);
ALTER TABLE clearance_passages
    ADD COLUMN name text NOT NULL DEFAULT '', ADD COLUMN path text NOT NULL DEFAULT '',
    ADD COLUMN transport_mode text, ADD COLUMN trade_mode text, ADD COLUMN agent text,
    ADD COLUMN trader text, ADD COLUMN hs_code text, ADD COLUMN country text;
INSERT INTO clearance_meta (name, value) VALUES
('clearance_declarations', 1),
('clearance_messages', 4),
('clearance_records', 10),
('clearance_refused', 1),
('schema', 4),
('version', 1);
INSERT INTO clearance_messages (digest, serial, names, seen_at, data) VALUES
('sha256:12085e62ab6c4548ad9d4194572a776f7d9f53e3a83a8a27978a3c3ee4750682', 3, '["inbox/Receipt_DECCUS004_I20269900000151208_202699000000356354_2026042211211721967326.xml"]', '2026-11-26T03:49:16+08:00', decode('PD94bWwgdmVyc2lvbj0iMS4wIiBlbmNvZGluZz0iVVRGLTgiPz4KPERFQ19SRVNVTFQ+CiAgICA8Q1VTX0NJUV9OTz5JMjAyNjk5MDAwMDAxNTEyMDg8L0NVU19DSVFfTk8+CiAgICA8RU5UUllfSUQ+MjI0ODIwMjYxOTkwMDE1MTIwPC9FTlRSWV9JRD4KICAgIDxOT1RJQ0VfREFURT4yMDI2LTA0LTIyVDExOjIwOjUzPC9OT1RJQ0VfREFURT4KICAgIDxDSEFOTkVMPkw8L0NIQU5ORUw+CiAgICA8Tk9URT7miJDlip/lhaXmtbflhbPpooTlvZXlhaXlupM7PC9OT1RFPgogICAgPENVU1RPTV9NQVNURVI+MjI0ODwvQ1VTVE9NX01BU1RFUj4KICAgIDxJX0VfREFURT48L0lfRV9EQVRFPgogICAgPERfREFURT4yMDI2LTA0LTIyVDExOjIwOjQwPC9EX0RBVEU+CjwvREVDX1JFU1VMVD4=', 'base64')),
('sha256:930d9894a457d3b4bc17170af7c5a82fce842efdf59e1385d6e162602897808d', 4, '["inbox/Receipt_DECCUS004_I20269900000151208_202699000000357724_2026042211354032816356.xml"]', '2026-11-26T03:49:16+08:00', decode('PD94bWwgdmVyc2lvbj0iMS4wIiBlbmNvZGluZz0iVVRGLTgiPz4KPERFQ19SRVNVTFQ+CiAgICA8Q1VTX0NJUV9OTz5JMjAyNjk5MDAwMDAxNTEyMDg8L0NVU19DSVFfTk8+CiAgICA8RU5UUllfSUQ+MjI0ODIwMjYxOTkwMDE1MTIwPC9FTlRSWV9JRD4KICAgIDxOT1RJQ0VfREFURT4yMDI2LTA0LTIyVDExOjM1OjIwPC9OT1RJQ0VfREFURT4KICAgIDxDSEFOTkVMPkI8L0NIQU5ORUw+CiAgICA8Tk9URT7mi4Xkv53mlL7ooYw8L05PVEU+CiAgICA8Q1VTVE9NX01BU1RFUj4yMjQ4PC9DVVNUT01fTUFTVEVSPgogICAgPElfRV9EQVRFPjwvSV9FX0RBVEU+CiAgICA8RF9EQVRFPjIwMjYtMDQtMjJUMTE6MjA6NDA8L0RfREFURT4KPC9ERUNfUkVTVUxUPg==', 'base64')),
('sha256:b0ccfd60b46366e0236b0ee78ae0d847f9a0520d1c9d925faf278bb40af36369', 2, '["inbox/Receipt_DECCUS004_I20269900000151208_202699000000355021_2026042211210711411299.xml"]', '2026-11-26T03:49:16+08:00', decode('PD94bWwgdmVyc2lvbj0iMS4wIiBlbmNvZGluZz0iVVRGLTgiPz4KPERFQ19SRVNVTFQ+CiAgICA8Q1VTX0NJUV9OTz5JMjAyNjk5MDAwMDAxNTEyMDg8L0NVU19DSVFfTk8+CiAgICA8RU5UUllfSUQ+PC9FTlRSWV9JRD4KICAgIDxOT1RJQ0VfREFURT4yMDI2LTA0LTIyVDExOjIwOjQ1PC9OT1RJQ0VfREFURT4KICAgIDxDSEFOTkVMPjc8L0NIQU5ORUw+CiAgICA8Tk9URT5JMjAyNjk5MDAwMDAxNTEyMDgsSTIwMjY5OTAwMDAwMTUxMjA455u05o6l55Sz5oql5oiQ5YqfPC9OT1RFPgogICAgPENVU1RPTV9NQVNURVI+PC9DVVNUT01fTUFTVEVSPgogICAgPElfRV9EQVRFPjwvSV9FX0RBVEU+CiAgICA8RF9EQVRFPjwvRF9EQVRFPgo8L0RFQ19SRVNVTFQ+', 'base64')),
('sha256:dc408ffaf3a88732aa683e363fa8bf0d15939deb5259409fd05890668de6fb1b', 1, '["inbox/Successed_2026042211200907_I_2STEP-260422-1_20260422112038.xml"]', '2026-11-26T03:49:16+08:00', decode('PD94bWwgdmVyc2lvbj0iMS4wIiBlbmNvZGluZz0iVVRGLTgiIHN0YW5kYWxvbmU9InllcyI/Pgo8RGVjSW1wb3J0UmVzcG9uc2UgeG1sbnM9Imh0dHA6Ly93d3cuY2hpbmFwb3J0Lmdvdi5jbi9kZWMiPjxSZXNwb25zZUNvZGU+MDwvUmVzcG9uc2VDb2RlPjxFcnJvck1lc3NhZ2U+6LCD55So5oiQ5YqfPC9FcnJvck1lc3NhZ2U+PENsaWVudFNlcU5vPjJTVEVQLTI2MDQyMi0xPC9DbGllbnRTZXFObz48U2VxTm8+STIwMjY5OTAwMDAwMTUxMjA4PC9TZXFObz48L0RlY0ltcG9ydFJlc3BvbnNlPg==', 'base64'));
INSERT INTO clearance_refused (digest, serial, told, data) VALUES
('sha256:3df67178d7a75c60eea3b070c5bfc9cf8eebdc2c98b0d17e4581b0cf0640d9cd', 1, '["letter.txt","binary","not XML: it begins with b''dear clerk, ''",23,"2026-11-26T03:49:16+08:00",null]', decode('ZGVhciBjbGVyaywgbm8gbWVzc2FnZQo=', 'base64'));
INSERT INTO clearance_declarations (id, keys, told, doc, events) VALUES
(1, ARRAY['client_ref:2step-260422-1', 'declared:2026-04-22T03:20:45', 'entry_no:224820261990015120', 'last:2026-04-22T03:35:20', 'open', 'sent_as:2026042211200907_i_2step-260422-1', 'unified_no:i20269900000151208']::text[], 4, '{"dialect":"cn_single_window","references":{"client_ref":["2STEP-260422-1"],"entry_no":["224820261990015120"],"sent_as":["2026042211200907_I_2STEP-260422-1"],"unified_no":["I20269900000151208"]},"direction":"import","office":"2248","facts":{"declaration_date":"2026-04-22T11:20:40+08:00"},"stage":"released","path":"s,0,a,8,r,875","guaranteed":true,"since":"2026-04-22T11:35:20+08:00","first_declared_at":"2026-04-22T11:20:45+08:00","declared_at":"2026-04-22T11:20:45+08:00","accepted_at":"2026-04-22T11:20:53+08:00","released_at":"2026-04-22T11:35:20+08:00","last_at":"2026-04-22T11:35:20+08:00","episodes":[["2026-04-22T11:20:38+08:00","2026-04-22T11:20:45+08:00",null]]}', '[["DecImportResponse","0","draft","2026-04-22T11:20:38+08:00","\u8c03\u7528\u6210\u529f",null,"2026-04-22T11:20:38+08:00",[["client_ref","2STEP-260422-1"],["sent_as","2026042211200907_I_2STEP-260422-1"],["unified_no","I20269900000151208"]],[["direction","import"]],null,["transport"],["dc408ffaf3a88732aa683e363fa8bf0d15939deb5259409fd05890668de6fb1b"]],["DEC_RESULT","7","submitted","2026-04-22T11:20:45+08:00","I20269900000151208,I20269900000151208\u76f4\u63a5\u7533\u62a5\u6210\u529f","202699000000355021","2026-04-22T11:21:07+08:00",[["unified_no","I20269900000151208"]],[["direction","import"]],null,[],["b0ccfd60b46366e0236b0ee78ae0d847f9a0520d1c9d925faf278bb40af36369"]],["DEC_RESULT","L","accepted","2026-04-22T11:20:53+08:00","\u6210\u529f\u5165\u6d77\u5173\u9884\u5f55\u5165\u5e93;","202699000000356354","2026-04-22T11:21:17+08:00",[["entry_no","224820261990015120"],["unified_no","I20269900000151208"]],[["declaration_date","2026-04-22T11:20:40+08:00"],["direction","import"],["office","2248"]],null,[],["12085e62ab6c4548ad9d4194572a776f7d9f53e3a83a8a27978a3c3ee4750682"]],["DEC_RESULT","B","released","2026-04-22T11:35:20+08:00","\u62c5\u4fdd\u653e\u884c","202699000000357724","2026-04-22T11:35:40+08:00",[["entry_no","224820261990015120"],["unified_no","I20269900000151208"]],[["declaration_date","2026-04-22T11:20:40+08:00"],["direction","import"],["office","2248"]],null,["guarantee"],["930d9894a457d3b4bc17170af7c5a82fce842efdf59e1385d6e162602897808d"]]]');
INSERT INTO clearance_passages (id, direction, office, stage, guaranteed, returned, first_declared_at, declared_at, accepted_at, reviewed_at, examined_from, examined_until, released_at, cleared_at, withdrawn_at, name, path, transport_mode, trade_mode, agent, trader, hs_code, country) VALUES
(1, 'import', '2248', 'released', true, false, 1776828045, 1776828045, 1776828053, NULL, NULL, NULL, 1776828920, NULL, NULL, '224820261990015120', 's,0,a,8,r,875', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO clearance_keys (key, id) VALUES
('client_ref:2step-260422-1', 1),
('declared:2026-04-22T03:20:45', 1),
('entry_no:224820261990015120', 1),
('last:2026-04-22T03:35:20', 1),
('open', 1),
('sent_as:2026042211200907_i_2step-260422-1', 1),
('unified_no:i20269900000151208', 1);
INSERT INTO clearance_records (name, serial, keys, doc) VALUES
('alert:6bf7311c3b0d', 8, ARRAY['alert', 'alert:6bf7311c3b0d', 'alert:open']::text[], '{"rule":"free_time","severity":"warning","state":"firing","since":"2026-05-11T00:00:00+08:00","fired_at":"2026-05-12T09:00:00+08:00","resolved_at":null,"declaration":"224820261990015120","references":["entry_no:224820261990015120","unified_no:i20269900000151208"],"numbers":{"reference":"224820261990015120","free_until":"2026-05-13","days_left":1},"step":0,"variant":"","labels":{"direction":"import","office":"2248","feed":"inbox"},"contact":"desk","told":[1,0],"told_at":"2026-05-12T09:00:00+08:00","repeats":0,"muted_by":null,"acknowledged_until":null,"transitions":[["2026-05-12T09:00:00+08:00","firing","warning",""]]}'),
('dwell:accepted/-/-', 2, ARRAY['dwell', 'dwell:accepted/-/-']::text[], '{"bins":{"31":1}}'),
('dwell:accepted/import/-', 3, ARRAY['dwell', 'dwell:accepted/import/-']::text[], '{"bins":{"31":1}}'),
('dwell:accepted/import/2248', 4, ARRAY['dwell', 'dwell:accepted/import/2248']::text[], '{"bins":{"31":1}}'),
('dwell:calendar', 1, ARRAY['dwell', 'dwell:calendar']::text[], '{"by":"a2f318455175ae08","counting":2}'),
('feed:inbox|2026-04', 5, ARRAY['feed', 'feed:inbox|2026-04', 'feed:2026-04', 'feed:inbox']::text[], '{"days":{"22":"600000000000"}}'),
('lease:check', 10, ARRAY['lease', 'lease:check']::text[], '{"holder":"0123456789abcdef","until":"2026-05-12T09:03:00+08:00"}'),
('plan:224820261990015120', 7, ARRAY['plan', 'plan:224820261990015120', 'plan:ref:224820261990015120', 'plan:ref:po-77', 'plan:open']::text[], '{"references":["224820261990015120"],"entries":[["2026-05-12T09:00:00+08:00",{"free_until":"2026-05-13","ref":"PO-77","contact":"desk"}]]}'),
('silence:fe6f675974a9', 9, ARRAY['silence', 'silence:fe6f675974a9']::text[], '{"match":{"office":"2248","rule":"free_time"},"since":"2026-05-12T09:00:00+08:00","until":"2026-05-20T08:30:00+08:00"}'),
('unread:sha256:3df67178d7a75c60eea3b070c5bfc9cf8eebdc2c98b0d17e4581b0cf0640d9cd', 6, ARRAY['unread', 'unread:sha256:3df67178d7a75c60eea3b070c5bfc9cf8eebdc2c98b0d17e4581b0cf0640d9cd']::text[], '{"name":"letter.txt","kind":"binary","reason":"not XML: it begins with b''dear clerk, ''","seen_at":"2026-11-26T03:49:16+08:00"}');
