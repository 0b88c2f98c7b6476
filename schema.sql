-- partyadmin: the registry of Party organisations and members
--
-- This file is the truth. Every table, rule and word lives here once; Python maps it and never repeats a rule.
--
-- How to read it
--   Chapters follow the nouns; in a chapter each table is one block: columns, named constraints, indexes, comments.
--   0 types and small checks    1 codes and calendar       2 organisation and unit      3 document and evidence
--   4 account, post, permission 5 member                   9 exchange                   10 rules across tables
--   11 versions and traces      12 row security and doors  13 functions for readers
--   (6 transfer, 7 change orders and 8 look-back come with their duties.)
--
-- Naming
--   A constraint, a trigger or a predicate that can refuse a write is named as the sentence it enforces; its COMMENT is
--   the message a person reads (translated by gettext). `rule_m04` and its like are the error rules of the look-back
--   catalogue (table rule). A column comment is "Label" or "Label: help"; the label is the heading of lists and sheets.
--
-- What NULL means
--   Unknown or not yet; never "no". Ends are dates: nothing is deleted, so nobody holds DELETE on any table.
--
-- How to change it
--   Before the first release: here. After a release also in changes/NNNN-name.sql; old schema + changes = this file.
--
-- Who runs it
--   The role partyadmin_owner, in a database whose schema public it owns, after partyadmin_app (the application) and
--   keeper (owns the doors of chapter 12) exist. Core PostgreSQL 15 to 18; no extension.

SET client_min_messages = warning;
SET check_function_bodies = off;   -- chapter 0 speaks of tables that later chapters create

-- ====================================================================================================================
-- 0  types and small checks
-- ====================================================================================================================

CREATE TYPE intake AS ENUM ('stock', 'registered');
COMMENT ON TYPE intake IS 'How a record came in: stock was loaded as it stood, faults included; registered keeps every rule.';

CREATE FUNCTION is_tidy(value text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN value <> '' AND value = btrim(value, E' \t\n\u00a0\u3000') AND value !~ '[\u0001-\u0008\u000b-\u001f\u007f]'
   AND value IS NFC NORMALIZED;
COMMENT ON FUNCTION is_tidy(text) IS 'Text that is not blank, has no blanks at its ends, no control characters, and is in Unicode form NFC.';

CREATE FUNCTION calendar_date(y int, m int, d int) RETURNS date LANGUAGE sql IMMUTABLE
RETURN CASE WHEN y BETWEEN 1 AND 9999 AND m BETWEEN 1 AND 12
             AND d BETWEEN 1 AND date_part('day', make_date(y, m, 1) + interval '1 month -1 day')
            THEN make_date(y, m, d) END;
COMMENT ON FUNCTION calendar_date(int, int, int) IS 'The date of three numbers, NULL where there is no such day.';

CREATE FUNCTION add_months(day date, months int) RETURNS date LANGUAGE sql IMMUTABLE
RETURN (day + make_interval(months => months))::date;
COMMENT ON FUNCTION add_months(date, int) IS 'The same day some months later; the last day of the month where there is no such day (Civil Code art. 202).';

-- ID numbers: GB 11643-1999 -------------------------------------------------------------------------------------------

CREATE FUNCTION id_number_check_character(digits text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN substr('10X98765432', 1 + (
     7 * substr(digits,  1, 1)::int +  9 * substr(digits,  2, 1)::int + 10 * substr(digits,  3, 1)::int
  +  5 * substr(digits,  4, 1)::int +  8 * substr(digits,  5, 1)::int +  4 * substr(digits,  6, 1)::int
  +  2 * substr(digits,  7, 1)::int +  1 * substr(digits,  8, 1)::int +  6 * substr(digits,  9, 1)::int
  +  3 * substr(digits, 10, 1)::int +  7 * substr(digits, 11, 1)::int +  9 * substr(digits, 12, 1)::int
  + 10 * substr(digits, 13, 1)::int +  5 * substr(digits, 14, 1)::int +  8 * substr(digits, 15, 1)::int
  +  4 * substr(digits, 16, 1)::int +  2 * substr(digits, 17, 1)::int) % 11, 1);
COMMENT ON FUNCTION id_number_check_character(text) IS 'Check character of the first 17 digits of an ID number (ISO 7064 MOD 11-2).';

CREATE FUNCTION id_number_18(id_number text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE WHEN id_number ~ '^[0-9]{15}$'
  THEN left(id_number, 6) || CASE WHEN right(id_number, 3) >= '996' THEN '18' ELSE '19' END || substr(id_number, 7)
    || id_number_check_character(left(id_number, 6) || CASE WHEN right(id_number, 3) >= '996' THEN '18' ELSE '19' END || substr(id_number, 7))
  ELSE id_number END;
COMMENT ON FUNCTION id_number_18(text) IS 'The 18-character form of an ID number; sequence 996 to 999 of a 15-digit number meant a birth in the 1800s. Any other text is returned as it is.';

CREATE FUNCTION id_number_birth(id_number text) RETURNS date LANGUAGE sql IMMUTABLE
RETURN CASE WHEN id_number_18(id_number) ~ '^[0-9]{17}[0-9X]$'
  THEN calendar_date(substr(id_number_18(id_number), 7, 4)::int, substr(id_number_18(id_number), 11, 2)::int, substr(id_number_18(id_number), 13, 2)::int) END;
COMMENT ON FUNCTION id_number_birth(text) IS 'The birth date in an ID number, NULL where it holds none.';

CREATE FUNCTION id_number_sex(id_number text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE WHEN id_number_18(id_number) ~ '^[0-9]{17}[0-9X]$'
  THEN CASE substr(id_number_18(id_number), 17, 1)::int % 2 WHEN 1 THEN '1' ELSE '2' END END;
COMMENT ON FUNCTION id_number_sex(text) IS 'The sex in an ID number: 1 male (odd sequence), 2 female, NULL where it holds none.';

CREATE FUNCTION id_number_masked(id_number text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE WHEN length(id_number) <= 10 THEN repeat('*', length(id_number))
            ELSE left(id_number, 6) || repeat('*', length(id_number) - 10) || right(id_number, 4) END;
COMMENT ON FUNCTION id_number_masked(text) IS 'An ID number as screens show it: the first 6 and the last 4 characters.';

CREATE FUNCTION phone_masked(phone text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE WHEN length(phone) <= 7 THEN repeat('*', length(phone))
            ELSE left(phone, 3) || repeat('*', length(phone) - 7) || right(phone, 4) END;
COMMENT ON FUNCTION phone_masked(text) IS 'A personal telephone number as screens show it: the first 3 and the last 4 digits.';

-- Unified social credit code: GB 32100-2015 ---------------------------------------------------------------------------

CREATE FUNCTION credit_code_is_valid(credit_code text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN credit_code ~ '^[0-9A-HJ-NPQRTUWXY]{18}$' AND (
  SELECT substr('0123456789ABCDEFGHJKLMNPQRTUWXY', 1 + (31 - sum((strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(credit_code, i::int, 1)) - 1) * w) % 31)::int % 31, 1)
    FROM unnest(ARRAY[1,3,9,27,19,26,16,17,20,29,25,13,8,24,10,30,28]) WITH ORDINALITY AS weight(w, i)
  ) = right(credit_code, 1);
COMMENT ON FUNCTION credit_code_is_valid(text) IS 'Whether a unified social credit code has 18 characters of its alphabet and the right check character.';

-- Probation eras: the table of the Organisation Department of 1997 (also seeded as table probation_period) -------------

CREATE FUNCTION probation_months(join_date date) RETURNS int LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN join_date < '1921-07-01' THEN NULL
  WHEN join_date < '1923-06-10' THEN 0
  WHEN join_date < '1927-04-27' THEN 3
  WHEN join_date < '1945-04-23' THEN 0
  WHEN join_date < '1956-09-15' THEN 6
  WHEN join_date < '1969-04-01' THEN 12
  WHEN join_date < '1977-08-12' THEN 0
  ELSE 12 END;
COMMENT ON FUNCTION probation_months(date) IS 'The least length of probation, in months, of the era in which a person joined; NULL before the Party was founded.';

CREATE FUNCTION had_no_probation(join_date date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN join_date BETWEEN '1921-07-01' AND '1923-06-09' OR join_date BETWEEN '1928-06-18' AND '1945-04-22'
    OR join_date BETWEEN '1969-04-01' AND '1977-08-11';
COMMENT ON FUNCTION had_no_probation(date) IS 'Whether a person joined in an era without probation for anybody (P1, P4, P7).';

CREATE FUNCTION is_near_era_border(join_date date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN abs(join_date - '1923-06-10'::date) <= 30 OR abs(join_date - '1927-04-27'::date) <= 30 OR abs(join_date - '1928-06-18'::date) <= 30
    OR abs(join_date - '1945-04-23'::date) <= 30 OR abs(join_date - '1956-09-15'::date) <= 30 OR abs(join_date - '1969-04-01'::date) <= 30
    OR abs(join_date - '1977-08-12'::date) <= 30 OR abs(join_date - '1982-09-06'::date) <= 30;
COMMENT ON FUNCTION is_near_era_border(date) IS 'Whether a joining date lies within 30 days of the border of two eras, where a fault is a doubt and no error.';

-- What a refusal says -------------------------------------------------------------------------------------------------

CREATE FUNCTION refuse(rule text, at_table text DEFAULT NULL, at_column text DEFAULT NULL) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
  message text;
BEGIN
  SELECT coalesce(
    (SELECT obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE tgname = rule AND obj_description(oid, 'pg_trigger') IS NOT NULL LIMIT 1),
    (SELECT obj_description(oid, 'pg_proc') FROM pg_proc WHERE proname = rule AND pronamespace = 'public'::regnamespace LIMIT 1),
    (SELECT obj_description(oid, 'pg_class') FROM pg_class WHERE relname = rule AND relnamespace = 'public'::regnamespace LIMIT 1),
    (SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = rule AND connamespace = 'public'::regnamespace LIMIT 1)
  ) INTO message;
  RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = coalesce(message, rule), CONSTRAINT = rule,
    TABLE = coalesce(at_table, ''), COLUMN = coalesce(at_column, '');
END $$;
COMMENT ON FUNCTION refuse(text, text, text) IS 'Refuses the present write: raises a check violation named after the rule, worded by the comment on the trigger, function, index or constraint of that name.';

-- Who acts: settings of the transaction, written by enter() and act() alone -----------------------------------------------

CREATE FUNCTION acting_account() RETURNS bigint LANGUAGE sql STABLE RETURN nullif(current_setting('app.account', true), '')::bigint;
COMMENT ON FUNCTION acting_account() IS 'The account that acts in this transaction; NULL where nobody does.';

CREATE FUNCTION acting_post() RETURNS bigint LANGUAGE sql STABLE RETURN nullif(current_setting('app.post', true), '')::bigint;
COMMENT ON FUNCTION acting_post() IS 'The post in which the account acts; NULL for the installer.';

CREATE FUNCTION acting_level() RETURNS text LANGUAGE sql STABLE RETURN nullif(current_setting('app.level', true), '');
COMMENT ON FUNCTION acting_level() IS 'The level of the acting post; "installation" for the installer.';

CREATE FUNCTION acting_station() RETURNS text LANGUAGE sql STABLE RETURN nullif(current_setting('app.station', true), '');
COMMENT ON FUNCTION acting_station() IS 'The code of the organisation at which the acting post stands.';

CREATE FUNCTION acting_scope() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100 AS $$
BEGIN
  RETURN nullif(current_setting('app.scope', true), '');   -- after the first local setting an unset one reads '', and >= '' matches everything
END $$;
COMMENT ON FUNCTION acting_scope() IS 'The code whose subtree the acting post may see; NULL sees nothing. Not in SQL: the planner asks a stable function for its value and so knows how many rows a scope has, while of a sub-select it always believes 1 in 200.';

CREATE FUNCTION installs() RETURNS boolean LANGUAGE sql STABLE RETURN coalesce(current_setting('app.level', true) = 'installation', false);
COMMENT ON FUNCTION installs() IS 'Whether the installer acts.';

CREATE FUNCTION acting_place() RETURNS text LANGUAGE sql STABLE RETURN CASE WHEN acting_post() IS NULL THEN '' ELSE acting_station() END;
COMMENT ON FUNCTION acting_place() IS 'The organisation code that is noted beside what the acting post does; empty for the installer and where nobody acts, whose traces belong to no subtree.';

CREATE FUNCTION within_scope(a_code text) RETURNS boolean LANGUAGE sql STABLE
RETURN coalesce(a_code COLLATE "C" >= acting_scope() AND a_code COLLATE "C" < acting_scope() || '~', false);
COMMENT ON FUNCTION within_scope(text) IS 'Whether an organisation code lies in the subtree of the acting post.';

CREATE FUNCTION looked_at_day() RETURNS date LANGUAGE sql STABLE RETURN nullif(current_setting('app.looked_at_day', true), '')::date;
COMMENT ON FUNCTION looked_at_day() IS 'The day that past_member shows in this transaction; NULL shows nothing.';

CREATE FUNCTION looked_at_as_known() RETURNS timestamptz LANGUAGE sql STABLE RETURN coalesce(nullif(current_setting('app.looked_at_as_known', true), '')::timestamptz, 'infinity');
COMMENT ON FUNCTION looked_at_as_known() IS 'The moment whose knowledge past_member shows; infinity: what is known now.';

CREATE FUNCTION look_at(on_day date, known_at timestamptz DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT a_look_at_the_past_is_at_a_day_that_was(on_day) THEN PERFORM refuse('a_look_at_the_past_is_at_a_day_that_was'); END IF;
  PERFORM set_config('app.looked_at_day', on_day::text, true), set_config('app.looked_at_as_known', coalesce(known_at::text, ''), true);
END $$;
COMMENT ON FUNCTION look_at(date, timestamptz) IS 'Lets past_member show a day, as it was on record at a moment (NULL: now), until the transaction ends.';

CREATE FUNCTION a_look_at_the_past_is_at_a_day_that_was(on_day date) RETURNS boolean LANGUAGE sql STABLE
RETURN coalesce(on_day BETWEEN '1921-07-01' AND current_date, false);
COMMENT ON FUNCTION a_look_at_the_past_is_at_a_day_that_was(date) IS 'One looks back at a day between 1921-07-01 and today.';

CREATE FUNCTION current_act() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  act bigint := nullif(current_setting('app.transaction', true), '')::bigint;
BEGIN
  IF act IS NULL OR NOT EXISTS (SELECT FROM transaction t WHERE t.id = act AND t.xid = pg_current_xact_id_if_assigned()) THEN
    PERFORM refuse('every_write_stands_in_an_act');
  END IF;
  RETURN act;
END $$;
COMMENT ON FUNCTION current_act() IS 'The act in which this database transaction writes; refuses where none was opened in it.';

CREATE FUNCTION every_write_stands_in_an_act() RETURNS boolean LANGUAGE sql STABLE RETURN current_act() IS NOT NULL;
COMMENT ON FUNCTION every_write_stands_in_an_act() IS 'Nothing is written without an act: who, in which post, why.';

-- Tools of this file only; they vanish with the session that runs it -----------------------------------------------------

CREATE FUNCTION pg_temp.columns_of(subject text, except_columns text[]) RETURNS text[] LANGUAGE sql AS $$
  SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
   WHERE attrelid = subject::regclass AND attnum > 0 AND NOT attisdropped AND NOT attname = ANY (except_columns)
$$;

-- keep_versions gives a table its history: <table>_version, filled by triggers whatever wrote the row. Derived columns
-- (a code that follows the organisation) make no version: the comparison is by value, since a cascade names them too.
CREATE PROCEDURE pg_temp.keep_versions(subject text, key text DEFAULT 'id', derived text[] DEFAULT '{}') LANGUAGE plpgsql AS $$
DECLARE
  history text := subject || '_version';
  told text[] := pg_temp.columns_of(subject, derived || 'ver'::text || (
    SELECT coalesce(array_agg(attname::text), '{}') FROM pg_attribute WHERE attrelid = subject::regclass AND attgenerated <> ''));
  changed text := format('((%s) IS DISTINCT FROM (%s))',
    (SELECT string_agg(format('OLD.%I', c), ', ') FROM unnest(told) c), (SELECT string_agg(format('NEW.%I', c), ', ') FROM unnest(told) c));
BEGIN
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING COMMENTS, transaction_id bigint NOT NULL, operation_type smallint NOT NULL)', history, subject);
  -- Only the keys are demanded of a version: a column that becomes mandatory later must not make the past untrue.
  EXECUTE (SELECT format('ALTER TABLE %I ', history) || string_agg(format('ALTER COLUMN %I DROP NOT NULL', attname), ', ') FROM pg_attribute
            WHERE attrelid = history::regclass AND attnum > 0 AND attnotnull AND attname NOT IN (key, 'ver', 'transaction_id', 'operation_type'));
  EXECUTE format('ALTER TABLE %1$I ADD CONSTRAINT %1$s_pkey PRIMARY KEY (%2$I, ver), ADD CONSTRAINT %1$s_transaction_fkey FOREIGN KEY (transaction_id) REFERENCES transaction', history, key);
  EXECUTE format('CREATE INDEX %1$s_of_transaction ON %1$I (transaction_id)', history);
  EXECUTE format('COMMENT ON TABLE %I IS %L', history, 'Versions of ' || subject || ': one row for each state that was ever committed, never changed.');
  EXECUTE format('COMMENT ON COLUMN %I.transaction_id IS %L', history, 'Act: the transaction that wrote this version');
  EXECUTE format('COMMENT ON COLUMN %I.operation_type IS %L', history, 'Operation: 0 entered, 1 changed');
  EXECUTE format('CREATE TRIGGER new_rows_begin_their_history AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION write_first_versions()', subject);
  EXECUTE format('COMMENT ON TRIGGER new_rows_begin_their_history ON %I IS %L', subject, 'Writes version 1 of each new row.');
  EXECUTE format('CREATE TRIGGER versions_begin_at_one BEFORE INSERT ON %I FOR EACH ROW WHEN (NEW.ver IS DISTINCT FROM 1) EXECUTE FUNCTION number_version(''first'')', subject);
  EXECUTE format('CREATE TRIGGER versions_count_up BEFORE UPDATE ON %I FOR EACH ROW WHEN %s EXECUTE FUNCTION number_version(''next'')', subject, changed);
  EXECUTE format('CREATE TRIGGER versions_stay BEFORE UPDATE ON %I FOR EACH ROW WHEN (NOT %s AND NEW.ver IS DISTINCT FROM OLD.ver) EXECUTE FUNCTION number_version(''same'')', subject, changed);
  EXECUTE format('COMMENT ON TRIGGER versions_begin_at_one ON %I IS %L', subject, 'The first version of a row is number 1, whatever the writer says.');
  EXECUTE format('COMMENT ON TRIGGER versions_count_up ON %I IS %L', subject, 'Numbers the versions of a row 1, 2, 3 without gaps, whatever the writer says; named to run after the rules.');
  EXECUTE format('COMMENT ON TRIGGER versions_stay ON %I IS %L', subject, 'A write that changes nothing makes no version.');
  EXECUTE format('CREATE TRIGGER changes_are_kept AFTER UPDATE ON %I FOR EACH ROW WHEN %s EXECUTE FUNCTION write_next_version()', subject, changed);
  EXECUTE format('COMMENT ON TRIGGER changes_are_kept ON %I IS %L', subject, 'Writes the next version of a changed row.');
  CALL pg_temp.append_only(history);
  CALL pg_temp.never_deleted(subject);
END $$;

CREATE PROCEDURE pg_temp.append_only(subject text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER the_past_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_by_name()', subject);
  EXECUTE format('COMMENT ON TRIGGER the_past_is_final ON %I IS %L', subject, 'What is on record is never changed and never removed; a correction is a new entry.');
END $$;

CREATE PROCEDURE pg_temp.never_deleted(subject text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER nothing_is_deleted BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_by_name()', subject);
  EXECUTE format('COMMENT ON TRIGGER nothing_is_deleted ON %I IS %L', subject, 'Nothing is deleted: give the record its end date or its exit instead.');
END $$;

CREATE FUNCTION refuse_by_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refuse(TG_NAME, TG_TABLE_NAME);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION refuse_by_name() IS 'Trigger: refuses the statement with the comment of the trigger itself.';

-- ====================================================================================================================
-- 1  codes and calendar
-- ====================================================================================================================

-- transaction stands first, since every version points to it; it is described in chapter 11.
CREATE TABLE transaction (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  issued_at    timestamptz NOT NULL DEFAULT now(),
  xid          xid8        NOT NULL DEFAULT pg_current_xact_id(),
  account_id   bigint      NOT NULL,
  post_id      bigint,
  reason       text        NOT NULL CONSTRAINT an_act_has_a_reason CHECK (is_tidy(reason) AND length(reason) <= 500),
  document_id  bigint,
  remote_addr  text,
  place        text        COLLATE "C" NOT NULL DEFAULT acting_place()
);

-- One table for each list, all of one shape, so that a column's list is a foreign key.
CREATE PROCEDURE pg_temp.code_list(list text, meaning text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format($f$CREATE TABLE %1$I (
      code     text COLLATE "C" CONSTRAINT %1$s_pkey PRIMARY KEY,
      label_zh text NOT NULL,
      label_en text NOT NULL,
      parent   text COLLATE "C" CONSTRAINT %1$s_parent_fkey REFERENCES %1$I,
      ended    date,
      ver      int  NOT NULL DEFAULT 1,
      CONSTRAINT %1$s_reads_well CHECK (is_tidy(code) AND is_tidy(label_zh) AND is_tidy(label_en)))$f$, list);
  EXECUTE format('COMMENT ON TABLE %I IS %L', list, meaning);
  EXECUTE format('COMMENT ON COLUMN %I.code IS %L', list, 'Code');
  EXECUTE format('COMMENT ON COLUMN %I.label_zh IS %L', list, 'Chinese label');
  EXECUTE format('COMMENT ON COLUMN %I.label_en IS %L', list, 'English label');
  EXECUTE format('COMMENT ON COLUMN %I.parent IS %L', list, 'Broader code');
  EXECUTE format('COMMENT ON COLUMN %I.ended IS %L', list, 'No longer given since: records keep the code, forms no longer offer it');
  EXECUTE format('COMMENT ON COLUMN %I.ver IS %L', list, 'Version');
  EXECUTE format('COMMENT ON CONSTRAINT %1$s_reads_well ON %1$I IS %2$L', list, 'A code and its labels must not be blank or carry blanks at their ends.');
END $$;

CALL pg_temp.code_list('level', 'Level: the column of the permission table that a post works by.');
ALTER TABLE level ADD COLUMN technical boolean NOT NULL DEFAULT false, ADD COLUMN sees_records boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN level.technical IS 'Exclusive post: shares its holder with no other post (system, security and audit administrators, business auditor)';
COMMENT ON COLUMN level.sees_records IS 'Sees members and organisations: the three technical administrators do not';

CALL pg_temp.code_list('organisation_kind', 'Kind of organisation.');   -- 组织类别
ALTER TABLE organisation_kind
  ADD COLUMN level                text COLLATE "C" CONSTRAINT organisation_kind_level_fkey REFERENCES level,
  ADD COLUMN level_with_admission text COLLATE "C" CONSTRAINT organisation_kind_level_with_admission_fkey REFERENCES level,
  ADD COLUMN holds_members        boolean NOT NULL DEFAULT false,
  ADD COLUMN keeps_itself         boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN organisation_kind.level IS 'Level: the level of posts at such an organisation; empty where it has no posts';
COMMENT ON COLUMN organisation_kind.level_with_admission IS 'Level with admission authority: where that authority raises the level';
COMMENT ON COLUMN organisation_kind.holds_members IS 'Holds members: branches only';
COMMENT ON COLUMN organisation_kind.keeps_itself IS 'Keeps its own record: local and system committees, by their organisation department';

CREATE TABLE organisation_placement (
  superior_kind text COLLATE "C" NOT NULL CONSTRAINT organisation_placement_superior_kind_fkey REFERENCES organisation_kind,
  kind          text COLLATE "C" NOT NULL CONSTRAINT organisation_placement_kind_fkey REFERENCES organisation_kind,
  CONSTRAINT organisation_placement_pkey PRIMARY KEY (superior_kind, kind)
);
COMMENT ON TABLE  organisation_placement IS 'Who may sit under whom: the kinds that may stand directly under a kind.';
COMMENT ON COLUMN organisation_placement.superior_kind IS 'Kind of the superior';
COMMENT ON COLUMN organisation_placement.kind IS 'Kind of the subordinate';

CALL pg_temp.code_list('unit_situation', 'Unit relation of an organisation.');   -- 党组织所在单位情况
CALL pg_temp.code_list('unit_nature', 'Nature of a unit.');   -- 单位性质类别
CALL pg_temp.code_list('unit_party_status', 'Party organisation of a unit.');   -- 法人单位建立党的基层组织情况
CALL pg_temp.code_list('unit_affiliation', 'Administrative affiliation of a unit.');   -- 单位隶属关系, GB/T 12404
CALL pg_temp.code_list('document_kind', 'Kind of document.');
CALL pg_temp.code_list('sex', 'Sex (GB/T 2261.1).');
CALL pg_temp.code_list('ethnicity', 'Ethnic group (GB/T 3304).');
CALL pg_temp.code_list('education', 'Education, as on the collection form of 2017.');   -- 学历
CALL pg_temp.code_list('person_type', 'Type of person: full or probationary member.');   -- 人员类别
CALL pg_temp.code_list('membership_status', 'Membership status.');   -- 党籍状态
ALTER TABLE membership_status ADD COLUMN is_kept boolean NOT NULL DEFAULT false, ADD COLUMN is_counted boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN membership_status.is_kept IS 'Still on the roll of a branch: false once the person has left, died or moved out';
COMMENT ON COLUMN membership_status.is_counted IS 'Counted: enters totals and the size of a branch; a suspended member does not';
CALL pg_temp.code_list('report_kind', 'Kind of report: what can happen to a member.');   -- 党员变动事项
ALTER TABLE report_kind
  ADD COLUMN function       text    COLLATE "C" NOT NULL,   -- REFERENCES permission_function, which chapter 4 creates
  ADD COLUMN becomes        text    COLLATE "C" CONSTRAINT report_kind_becomes_fkey REFERENCES membership_status,
  ADD COLUMN person_type    text    COLLATE "C" CONSTRAINT report_kind_person_type_fkey REFERENCES person_type,
  ADD COLUMN needs_document boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN report_kind.function IS 'Function: whoever reports it holds R, whoever enters it W';
COMMENT ON COLUMN report_kind.becomes IS 'Status afterwards: empty where it stays';
COMMENT ON COLUMN report_kind.person_type IS 'Only for: full or probationary members; empty for both';
COMMENT ON COLUMN report_kind.needs_document IS 'Needs a document: before it is entered';
CALL pg_temp.code_list('report_state', 'State of a report.');
CALL pg_temp.code_list('change_kind', 'Kind of change order: what can happen to an organisation.');   -- 变动类型
ALTER TABLE change_kind ADD COLUMN function text COLLATE "C";   -- REFERENCES permission_function, which chapter 4 creates
COMMENT ON COLUMN change_kind.function IS 'Function: whoever makes such an order holds W; empty for the undoing of another order';
CALL pg_temp.code_list('order_state', 'State of a change order.');
CALL pg_temp.code_list('job_post', 'Job.');   -- 工作岗位
CALL pg_temp.code_list('new_social_stratum', 'New social stratum.');   -- 新社会阶层类型
CALL pg_temp.code_list('entry_reason', 'How a membership spell began.');   -- 增加方式
CALL pg_temp.code_list('exit_reason', 'How a membership spell ended.');   -- 减少方式, 出党原因
DO $$
DECLARE
  list text;
BEGIN
  FOREACH list IN ARRAY ARRAY['entry_reason', 'exit_reason'] LOOP
    EXECUTE format('ALTER TABLE %1$I ADD COLUMN report_kind text COLLATE "C" CONSTRAINT %1$s_report_kind_fkey REFERENCES report_kind,
      ADD COLUMN legal_basis_zh text, ADD COLUMN legal_basis_en text', list);
    EXECUTE format('COMMENT ON COLUMN %I.report_kind IS %L', list, 'Given by: the kind of report that offers this reason; empty where no report does');
    EXECUTE format('COMMENT ON COLUMN %I.legal_basis_zh IS %L', list, 'Legal basis in Chinese');
    EXECUTE format('COMMENT ON COLUMN %I.legal_basis_en IS %L', list, 'Legal basis in English');
  END LOOP;
END $$;
ALTER TABLE exit_reason ADD COLUMN person_type text COLLATE "C" CONSTRAINT exit_reason_person_type_fkey REFERENCES person_type,
  ADD COLUMN ends_suspension boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN exit_reason.person_type IS 'Only for: full or probationary members; empty for both';
COMMENT ON COLUMN exit_reason.ends_suspension IS 'Ends a suspension: may be given to a suspended member';

-- What may follow what: a change of status that has no row here is refused.
CREATE TABLE status_change (
  was         text COLLATE "C" NOT NULL CONSTRAINT status_change_was_fkey REFERENCES membership_status,
  becomes     text COLLATE "C" NOT NULL CONSTRAINT status_change_becomes_fkey REFERENCES membership_status,
  report_kind text COLLATE "C" CONSTRAINT status_change_report_kind_fkey REFERENCES report_kind,
  CONSTRAINT status_change_pkey PRIMARY KEY (was, becomes)
);
COMMENT ON TABLE  status_change IS 'Legal change of membership status, and what happens then.';
COMMENT ON COLUMN status_change.was IS 'Status before';
COMMENT ON COLUMN status_change.becomes IS 'Status afterwards';
COMMENT ON COLUMN status_change.report_kind IS 'What happens: empty for what a transfer does';

CREATE TABLE report_item (
  report_kind text COLLATE "C" NOT NULL CONSTRAINT report_item_report_kind_fkey REFERENCES report_kind,
  field       text COLLATE "C" NOT NULL,
  position    int  NOT NULL,
  needed      boolean NOT NULL DEFAULT false,
  CONSTRAINT report_item_pkey PRIMARY KEY (report_kind, field)
);
COMMENT ON TABLE  report_item IS 'Which items of the member record a kind of report may bring.';
COMMENT ON COLUMN report_item.report_kind IS 'Kind of report';
COMMENT ON COLUMN report_item.field IS 'Item';
COMMENT ON COLUMN report_item.position IS 'Position in the form';
COMMENT ON COLUMN report_item.needed IS 'Needed';

CREATE TABLE report_step (
  was     text COLLATE "C" NOT NULL CONSTRAINT report_step_was_fkey REFERENCES report_state,
  becomes text COLLATE "C" NOT NULL CONSTRAINT report_step_becomes_fkey REFERENCES report_state,
  letter  text COLLATE "C" NOT NULL CONSTRAINT report_step_letter_is_known CHECK (letter IN ('R', 'W', 'A')),
  CONSTRAINT report_step_pkey PRIMARY KEY (was, becomes, letter)
);
COMMENT ON TABLE  report_step IS 'Legal step of a report, and the letter that its function must hold for it.';
COMMENT ON COLUMN report_step.was IS 'State before';
COMMENT ON COLUMN report_step.becomes IS 'State afterwards';
COMMENT ON COLUMN report_step.letter IS 'Letter: R of who reports, W of who enters, A of who watches over it';
COMMENT ON CONSTRAINT report_step_letter_is_known ON report_step IS 'A step is taken with the letter R, W or A.';

CREATE TABLE time_limit (
  id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT time_limit_pkey PRIMARY KEY,
  code       text COLLATE "C" NOT NULL CONSTRAINT time_limit_is_known CHECK (code IN ('report', 'entry', 'suspension', 'order')),
  valid_from date NOT NULL,
  number     int  NOT NULL CONSTRAINT time_limit_is_positive CHECK (number BETWEEN 1 AND 1000),
  legal_basis_zh text NOT NULL,
  legal_basis_en text NOT NULL,
  CONSTRAINT time_limit_holds_from_one_day UNIQUE (code, valid_from)
);
COMMENT ON TABLE  time_limit IS 'Time limits by the day from which they hold: report, entry and change order in working days, suspension in months.';
COMMENT ON COLUMN time_limit.id IS 'Time limit number';
COMMENT ON COLUMN time_limit.code IS 'Limit';
COMMENT ON COLUMN time_limit.valid_from IS 'Valid from';
COMMENT ON COLUMN time_limit.number IS 'Number: working days, months for a suspension';
COMMENT ON COLUMN time_limit.legal_basis_zh IS 'Legal basis in Chinese';
COMMENT ON COLUMN time_limit.legal_basis_en IS 'Legal basis in English';
COMMENT ON CONSTRAINT time_limit_is_known ON time_limit IS 'There are limits for the report, its entry, a suspension and a change order.';
COMMENT ON CONSTRAINT time_limit_holds_from_one_day ON time_limit IS 'This limit already has a number from that day on; choose another day.';
COMMENT ON CONSTRAINT time_limit_is_positive ON time_limit IS 'A time limit is a number from 1 to 1000.';

CREATE FUNCTION limit_on(a_limit text, a_day date) RETURNS int LANGUAGE sql STABLE
RETURN (SELECT number FROM time_limit WHERE code = a_limit ORDER BY valid_from <= a_day DESC, abs(valid_from - a_day) LIMIT 1);
COMMENT ON FUNCTION limit_on(text, date) IS 'The time limit that holds on a day; the first one for days before it.';

CALL pg_temp.code_list('region', 'Region: every code of GB/T 2260 ever used, current and abolished; ID numbers carry the code of first registration.');
ALTER TABLE region ADD COLUMN full_name text;
COMMENT ON COLUMN region.full_name IS 'Joined name: province, city and county in one, as people write a destination';
CREATE INDEX region_by_full_name ON region (full_name);

CREATE TABLE probation_period (
  code               text COLLATE "C" CONSTRAINT probation_period_pkey PRIMARY KEY,
  applies_to         text NOT NULL,
  length             text NOT NULL,
  date_from          date NOT NULL,
  date_to            date,
  months             text NOT NULL,
  joining_date_basis text NOT NULL,
  note               text,
  CONSTRAINT probation_period_ends_after_it_began CHECK (date_to > date_from)
);
COMMENT ON TABLE  probation_period IS 'Probation by era of joining, from the text of the Central Organisation Department of 1997.';
COMMENT ON COLUMN probation_period.code IS 'Era';
COMMENT ON COLUMN probation_period.applies_to IS 'Applies to';
COMMENT ON COLUMN probation_period.length IS 'Length in words';
COMMENT ON COLUMN probation_period.date_from IS 'From';
COMMENT ON COLUMN probation_period.date_to IS 'To: empty for the present era';
COMMENT ON COLUMN probation_period.months IS 'Months: several where it depended on social class';
COMMENT ON COLUMN probation_period.joining_date_basis IS 'What the joining date is';
COMMENT ON COLUMN probation_period.note IS 'Note';
COMMENT ON CONSTRAINT probation_period_ends_after_it_began ON probation_period IS 'An era ends after it began.';

CREATE TABLE calendar_day (
  day      date CONSTRAINT calendar_day_pkey PRIMARY KEY,
  kind     text NOT NULL CONSTRAINT calendar_day_is_off_or_work CHECK (kind IN ('off', 'work')),
  label_zh text NOT NULL,
  label_en text NOT NULL,
  ver      int  NOT NULL DEFAULT 1,
  CONSTRAINT calendar_day_reads_well CHECK (is_tidy(label_zh) AND is_tidy(label_en))
);
COMMENT ON TABLE  calendar_day IS 'Days that differ from the plain week: holidays and make-up working days, as the State Council published them.';
COMMENT ON COLUMN calendar_day.day IS 'Day';
COMMENT ON COLUMN calendar_day.kind IS 'Off or work: off is a holiday, work a make-up working day';
COMMENT ON COLUMN calendar_day.label_zh IS 'Chinese label';
COMMENT ON COLUMN calendar_day.label_en IS 'English label';
COMMENT ON COLUMN calendar_day.ver IS 'Version';
COMMENT ON CONSTRAINT calendar_day_is_off_or_work ON calendar_day IS 'A day of the calendar is either "off" or "work".';
COMMENT ON CONSTRAINT calendar_day_reads_well ON calendar_day IS 'A day of the calendar needs its Chinese and its English label.';

CREATE FUNCTION is_workday(a_day date) RETURNS boolean LANGUAGE sql STABLE
RETURN coalesce((SELECT kind = 'work' FROM calendar_day WHERE calendar_day.day = a_day), date_part('isodow', a_day) < 6);
COMMENT ON FUNCTION is_workday(date) IS 'Whether a day is a working day: Monday to Friday, corrected by the calendar.';

CREATE FUNCTION calendar_is_published(a_year int) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM calendar_day WHERE calendar_day.day BETWEEN make_date(a_year, 1, 1) AND make_date(a_year, 12, 31));
COMMENT ON FUNCTION calendar_is_published(int) IS 'Whether the holidays of a year are in the calendar; a due date in another year is provisional.';

CREATE FUNCTION add_workdays(event date, n int) RETURNS date LANGUAGE sql STABLE
RETURN (SELECT d FROM generate_series(1, n * 2 + 40) AS i, LATERAL (SELECT event + i AS d) AS days
         LEFT JOIN (SELECT c.day, c.kind FROM calendar_day c WHERE c.day > event AND c.day <= event + n * 2 + 40) AS c ON c.day = d
         WHERE coalesce(c.kind = 'work', date_part('isodow', d) < 6) ORDER BY d OFFSET n - 1 LIMIT 1);   -- is_workday for all days at once
CREATE FUNCTION workdays_between(since date, until date) RETURNS int LANGUAGE sql STABLE
RETURN (SELECT count(*)::int FROM generate_series(since + 1, until, interval '1 day') AS d WHERE is_workday(d::date));
COMMENT ON FUNCTION workdays_between(date, date) IS 'The working days after a day up to another, that one included.';
CREATE FUNCTION workdays_left(due date, today date) RETURNS int LANGUAGE sql STABLE
RETURN CASE WHEN due >= today THEN workdays_between(today, due) ELSE - workdays_between(due, today) END;
COMMENT ON FUNCTION workdays_left(date, date) IS 'The working days until a due date; negative where it has passed, 0 on the day itself.';

COMMENT ON FUNCTION add_workdays(date, int) IS 'The n-th working day after an event (n at least 1); a thing done on that day is in time (Civil Code art. 201).';

CREATE TABLE rule (
  code       text COLLATE "C" CONSTRAINT rule_pkey PRIMARY KEY,
  label_zh   text NOT NULL,
  label_en   text NOT NULL,
  scope      text NOT NULL,
  severity   text NOT NULL,
  condition  text NOT NULL,
  params     text,
  provenance text NOT NULL
);
COMMENT ON TABLE  rule IS 'Catalogue of the look-back rules.';
COMMENT ON COLUMN rule.code IS 'Code';
COMMENT ON COLUMN rule.label_zh IS 'Chinese label';
COMMENT ON COLUMN rule.label_en IS 'English label';
COMMENT ON COLUMN rule.scope IS 'Subject: what the rule looks at';
COMMENT ON COLUMN rule.severity IS 'Severity';
COMMENT ON COLUMN rule.condition IS 'Condition';
COMMENT ON COLUMN rule.params IS 'Parameters';
COMMENT ON COLUMN rule.provenance IS 'Source';

CREATE TABLE pinyin (
  character text COLLATE "C" CONSTRAINT pinyin_pkey PRIMARY KEY CONSTRAINT pinyin_is_of_one_character CHECK (length(character) = 1),
  reading   text COLLATE "C" NOT NULL CONSTRAINT reading_is_in_small_letters CHECK (reading ~ '^[a-z]{1,6}$'),
  surname   text COLLATE "C" CONSTRAINT surname_reading_is_in_small_letters CHECK (surname ~ '^[a-z]{1,6}$')
);
COMMENT ON TABLE  pinyin IS 'Pinyin: how each character is read; names are sorted and found by it.';
COMMENT ON COLUMN pinyin.character IS 'Character';
COMMENT ON COLUMN pinyin.reading IS 'Reading: the commonest, without tone; v stands for ü';
COMMENT ON COLUMN pinyin.surname IS 'Reading as a surname: where it differs';
COMMENT ON CONSTRAINT pinyin_is_of_one_character ON pinyin IS 'A reading is of one character.';
COMMENT ON CONSTRAINT reading_is_in_small_letters ON pinyin IS 'A reading is one to six small letters, without tone.';
COMMENT ON CONSTRAINT surname_reading_is_in_small_letters ON pinyin IS 'A reading is one to six small letters, without tone.';

CREATE FUNCTION spelt(a_name text, OUT initials text, OUT name_key text) LANGUAGE plpgsql STABLE AS $$
DECLARE
  sign text;
  sound text;
BEGIN
  FOR i IN 1 .. coalesce(length(a_name), 0) LOOP
    sign := substr(a_name, i, 1);
    SELECT CASE i WHEN 1 THEN coalesce(p.surname, p.reading) ELSE p.reading END INTO sound FROM pinyin p WHERE p.character = sign;
    IF sound IS NULL THEN sound := CASE WHEN sign ~ '[A-Za-z]' THEN lower(sign) ELSE '' END; END IF;
    initials := concat(initials, left(sound, 1));
    name_key := concat(name_key, sound, ' ', sign);
  END LOOP;
END $$;
COMMENT ON FUNCTION spelt(text) IS 'The first letters of a name in pinyin, and what it is sorted by: each sound, then its character, so that one surname stays together. The first character is read as a surname. NULL for no name.';

CREATE FUNCTION name_key(a_name text) RETURNS text LANGUAGE sql STABLE RETURN (spelt(a_name)).name_key;
COMMENT ON FUNCTION name_key(text) IS 'What a name is sorted by; that of a beginning of a name begins the keys of all such names.';

CREATE TABLE installation (
  only_one      boolean     NOT NULL DEFAULT true CONSTRAINT installation_pkey PRIMARY KEY CONSTRAINT installation_is_one CHECK (only_one),
  founded_at    timestamptz NOT NULL DEFAULT now(),
  demonstration boolean     NOT NULL DEFAULT false
);
COMMENT ON TABLE  installation IS 'Facts about this installation, one row.';
COMMENT ON COLUMN installation.only_one IS 'Always true: keeps the table at one row';
COMMENT ON COLUMN installation.founded_at IS 'Founded';
COMMENT ON COLUMN installation.demonstration IS 'Demonstration: holds invented people, and every page says so';
COMMENT ON CONSTRAINT installation_is_one ON installation IS 'There is one installation.';
INSERT INTO installation DEFAULT VALUES;

-- ====================================================================================================================
-- 2  organisation and unit
-- ====================================================================================================================

CREATE TABLE organisation (
  id             bigint   GENERATED ALWAYS AS IDENTITY CONSTRAINT organisation_pkey PRIMARY KEY,
  code           text     COLLATE "C" NOT NULL CONSTRAINT organisation_code_is_its_own UNIQUE
                          CONSTRAINT code_has_three_characters_per_level CHECK (code ~ '^([0-9]{3}|[A-Z][0-9]{2})+$'),
  parent_id      bigint   CONSTRAINT superior_exists REFERENCES organisation,
  name           text     COLLATE "C" NOT NULL CONSTRAINT organisation_name_reads_well CHECK (is_tidy(name) AND length(name) <= 120),
  short_name     text     CONSTRAINT organisation_short_name_reads_well CHECK (is_tidy(short_name) AND length(short_name) <= 60),
  kind           text     COLLATE "C" NOT NULL CONSTRAINT organisation_kind_fkey REFERENCES organisation_kind,
  can_admit      boolean  NOT NULL DEFAULT false,
  unit_situation text     COLLATE "C" CONSTRAINT organisation_unit_situation_fkey REFERENCES unit_situation,
  secretary      text     CONSTRAINT secretary_reads_well CHECK (is_tidy(secretary) AND length(secretary) <= 60),
  contact        text     CONSTRAINT contact_reads_well CHECK (is_tidy(contact) AND length(contact) <= 60),
  phone          text     CONSTRAINT office_phone_reads_well CHECK (is_tidy(phone) AND length(phone) <= 60),
  founded        date,
  founded_text   text     CONSTRAINT founded_text_stands_for_a_date CHECK (founded_text IS NULL OR (is_tidy(founded_text) AND founded IS NULL)),
  ended          date     CONSTRAINT organisation_ends_after_founding CHECK (ended >= founded),
  external_code  text     COLLATE "C" CONSTRAINT external_code_reads_well CHECK (is_tidy(external_code) AND length(external_code) <= 60),
  intake         intake   NOT NULL DEFAULT 'registered',
  ver            int      NOT NULL DEFAULT 1,
  CONSTRAINT organisation_id_with_code UNIQUE (id, code)
);
CREATE UNIQUE INDEX there_is_one_root ON organisation ((parent_id IS NULL)) WHERE parent_id IS NULL;
CREATE UNIQUE INDEX organisation_name_is_unique ON organisation (name) WHERE ended IS NULL AND intake = 'registered';
CREATE INDEX organisation_by_parent ON organisation (parent_id, code);
CREATE INDEX organisation_by_name ON organisation (name, code);
CREATE INDEX organisation_by_external_code ON organisation (external_code);
CREATE INDEX organisation_active ON organisation (code) WHERE ended IS NULL;
COMMENT ON TABLE  organisation IS 'Party organisation: a committee, general branch or branch; one tree with one root.';
COMMENT ON COLUMN organisation.id IS 'Key: stays when the code changes';
COMMENT ON COLUMN organisation.code IS 'Organisation code: the superior''s code and three characters more; given by the registry, changes with a whole transfer';
COMMENT ON COLUMN organisation.parent_id IS 'Superior organisation: empty for the root of the registry only';
COMMENT ON COLUMN organisation.name IS 'Organisation name: the full name as on the seal';
COMMENT ON COLUMN organisation.short_name IS 'Short name';
COMMENT ON COLUMN organisation.kind IS 'Kind of organisation';
COMMENT ON COLUMN organisation.can_admit IS 'May approve probationary members: basic committees only';
COMMENT ON COLUMN organisation.unit_situation IS 'Unit relation: same unit as the superior, a legal unit of its own, or a joint branch of several units';
COMMENT ON COLUMN organisation.secretary IS 'Secretary: empty while the post is vacant';
COMMENT ON COLUMN organisation.contact IS 'Contact person: usually the member who does daily affairs';
COMMENT ON COLUMN organisation.phone IS 'Office telephone';
COMMENT ON COLUMN organisation.founded IS 'Founding date';
COMMENT ON COLUMN organisation.founded_text IS 'Founding date as written: kept where the source gives no day';
COMMENT ON COLUMN organisation.ended IS 'Abolished on: empty while the organisation exists';
COMMENT ON COLUMN organisation.external_code IS 'Code elsewhere: the code in the workbook or system that the record came from';
COMMENT ON COLUMN organisation.intake IS 'Intake: stock as loaded, or registered under all rules';
COMMENT ON COLUMN organisation.ver IS 'Version';
COMMENT ON CONSTRAINT organisation_code_is_its_own ON organisation IS 'This code belongs to another organisation.';
COMMENT ON CONSTRAINT code_has_three_characters_per_level ON organisation IS 'An organisation code has three characters for each level: digits, or a capital letter and two digits.';
COMMENT ON CONSTRAINT organisation_name_reads_well ON organisation IS 'The organisation name must not be blank, carry blanks at its ends or be longer than 120 characters.';
COMMENT ON CONSTRAINT organisation_short_name_reads_well ON organisation IS 'The short name must not carry blanks at its ends or be longer than 60 characters.';
COMMENT ON CONSTRAINT secretary_reads_well ON organisation IS 'The secretary''s name must not carry blanks at its ends or be longer than 60 characters.';
COMMENT ON CONSTRAINT contact_reads_well ON organisation IS 'The contact''s name must not carry blanks at its ends or be longer than 60 characters.';
COMMENT ON CONSTRAINT office_phone_reads_well ON organisation IS 'The office telephone must not carry blanks at its ends or be longer than 60 characters.';
COMMENT ON CONSTRAINT founded_text_stands_for_a_date ON organisation IS 'The founding date as written is kept only while the full date is missing.';
COMMENT ON CONSTRAINT organisation_ends_after_founding ON organisation IS 'An organisation cannot be abolished before it was founded.';
COMMENT ON CONSTRAINT external_code_reads_well ON organisation IS 'The code elsewhere must not carry blanks at its ends or be longer than 60 characters.';
COMMENT ON CONSTRAINT organisation_id_with_code ON organisation IS 'Target of the keys that hold a copy of the code: they follow when it changes.';
COMMENT ON INDEX there_is_one_root IS 'The registry has one root organisation; choose the superior of this one.';
COMMENT ON INDEX organisation_name_is_unique IS 'Another active organisation already has this name.';

CREATE TABLE organisation_code (
  code            text   COLLATE "C" CONSTRAINT organisation_code_pkey PRIMARY KEY,
  organisation_id bigint NOT NULL CONSTRAINT organisation_code_organisation_id_fkey REFERENCES organisation,
  given_at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX organisation_code_of_organisation ON organisation_code (organisation_id);
COMMENT ON TABLE  organisation_code IS 'Every code ever given, so that former codes stay findable and none is given twice. Filled by trigger.';
COMMENT ON COLUMN organisation_code.code IS 'Organisation code';
COMMENT ON COLUMN organisation_code.organisation_id IS 'Organisation';
COMMENT ON COLUMN organisation_code.given_at IS 'Given at';

CREATE TABLE organisation_spell (
  id              bigint    GENERATED ALWAYS AS IDENTITY CONSTRAINT organisation_spell_pkey PRIMARY KEY,
  organisation_id bigint    NOT NULL CONSTRAINT organisation_spell_organisation_id_fkey REFERENCES organisation,
  parent_id       bigint    CONSTRAINT organisation_spell_parent_id_fkey REFERENCES organisation,
  code            text      COLLATE "C" NOT NULL,
  name            text      COLLATE "C" NOT NULL,
  kind            text      COLLATE "C" NOT NULL CONSTRAINT organisation_spell_kind_fkey REFERENCES organisation_kind,
  during          daterange NOT NULL,
  recorded_at     timestamptz NOT NULL DEFAULT now(),
  recorded_in     bigint    NOT NULL DEFAULT current_act() CONSTRAINT organisation_spell_recorded_in_fkey REFERENCES transaction,
  replaced_at     timestamptz,
  replaced_in     bigint    CONSTRAINT organisation_spell_replaced_in_fkey REFERENCES transaction,
  CONSTRAINT organisation_spell_is_replaced_in_an_act CHECK ((replaced_at IS NULL) = (replaced_in IS NULL)),
  CONSTRAINT organisation_spells_do_not_overlap EXCLUDE USING gist (int8range(organisation_id, organisation_id, '[]') WITH &&, during WITH &&) WHERE (replaced_at IS NULL)
);
CREATE INDEX organisation_spell_of_organisation ON organisation_spell (organisation_id);
CREATE INDEX organisation_spell_below ON organisation_spell (parent_id);
CREATE INDEX organisation_spell_recorded ON organisation_spell (recorded_in);
CREATE INDEX organisation_spell_replaced ON organisation_spell (replaced_in) WHERE replaced_in IS NOT NULL;
COMMENT ON TABLE  organisation_spell IS 'What was true of an organisation on a day (superior, code, name and kind, dated), and from when until when it was on record so. Filled by trigger; a change replaces a row and never rewrites it.';
COMMENT ON COLUMN organisation_spell.id IS 'Key';
COMMENT ON COLUMN organisation_spell.organisation_id IS 'Organisation';
COMMENT ON COLUMN organisation_spell.parent_id IS 'Superior organisation';
COMMENT ON COLUMN organisation_spell.code IS 'Organisation code: as it was, which a later change of code leaves alone';
COMMENT ON COLUMN organisation_spell.name IS 'Organisation name';
COMMENT ON COLUMN organisation_spell.kind IS 'Kind of organisation';
COMMENT ON COLUMN organisation_spell.during IS 'During: without a lower end where the beginning is not known; empty when voided on its first day';
COMMENT ON COLUMN organisation_spell.recorded_at IS 'On record since';
COMMENT ON COLUMN organisation_spell.recorded_in IS 'Recorded by the act';
COMMENT ON COLUMN organisation_spell.replaced_at IS 'On record until: empty while it holds';
COMMENT ON COLUMN organisation_spell.replaced_in IS 'Replaced by the act';
COMMENT ON CONSTRAINT organisation_spell_is_replaced_in_an_act ON organisation_spell IS 'What was true of an organisation is replaced by an act, at a moment.';
COMMENT ON CONSTRAINT organisation_spells_do_not_overlap ON organisation_spell IS 'An organisation has one superior, code, name and kind on any day.';

CREATE TABLE unit (
  id                bigint  GENERATED ALWAYS AS IDENTITY CONSTRAINT unit_pkey PRIMARY KEY,
  organisation_id   bigint  NOT NULL,
  organisation_code text    COLLATE "C" NOT NULL,
  name              text    COLLATE "C" NOT NULL CONSTRAINT unit_name_reads_well CHECK (is_tidy(name) AND length(name) <= 120),
  credit_code       text    COLLATE "C" CONSTRAINT credit_code_reads_well CHECK (is_tidy(credit_code) AND length(credit_code) <= 40),
  nature            text    COLLATE "C" CONSTRAINT unit_nature_fkey REFERENCES unit_nature,
  is_legal_entity   boolean,
  party_status      text    COLLATE "C" CONSTRAINT unit_party_status_fkey REFERENCES unit_party_status,
  affiliation       text    COLLATE "C" CONSTRAINT unit_affiliation_fkey REFERENCES unit_affiliation,
  ended             date,
  intake            intake  NOT NULL DEFAULT 'registered',
  ver               int     NOT NULL DEFAULT 1,
  CONSTRAINT unit_stands_with_its_organisation FOREIGN KEY (organisation_id, organisation_code) REFERENCES organisation (id, code) ON UPDATE CASCADE
);
CREATE INDEX unit_by_organisation ON unit (organisation_code, id);
CREATE INDEX unit_of_organisation ON unit (organisation_id);
CREATE INDEX unit_by_credit_code ON unit (credit_code);
CREATE INDEX unit_by_name ON unit (name, organisation_code);
COMMENT ON TABLE  unit IS 'Unit (work unit): the legal body in which an organisation stands. An organisation in the same unit as its superior has no row of its own.';
COMMENT ON COLUMN unit.id IS 'Key';
COMMENT ON COLUMN unit.organisation_id IS 'Organisation: that fills in this unit';
COMMENT ON COLUMN unit.organisation_code IS 'Organisation code: follows the organisation';
COMMENT ON COLUMN unit.name IS 'Unit name';
COMMENT ON COLUMN unit.credit_code IS 'Unified social credit code';
COMMENT ON COLUMN unit.nature IS 'Nature of the unit';
COMMENT ON COLUMN unit.is_legal_entity IS 'Legal entity';
COMMENT ON COLUMN unit.party_status IS 'Party organisation of the unit';
COMMENT ON COLUMN unit.affiliation IS 'Administrative affiliation';
COMMENT ON COLUMN unit.ended IS 'Link ended on: empty while the organisation stands in this unit';
COMMENT ON COLUMN unit.intake IS 'Intake: stock as loaded, or registered under all rules';
COMMENT ON COLUMN unit.ver IS 'Version';
COMMENT ON CONSTRAINT unit_name_reads_well ON unit IS 'The unit name must not be blank, carry blanks at its ends or be longer than 120 characters.';
COMMENT ON CONSTRAINT credit_code_reads_well ON unit IS 'The credit code must not carry blanks at its ends or be longer than 40 characters.';
COMMENT ON CONSTRAINT unit_stands_with_its_organisation ON unit IS 'The unit''s organisation must exist; its code follows by itself.';

-- ====================================================================================================================
-- 3  document and evidence
-- ====================================================================================================================

CREATE TABLE document (
  id              bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT document_pkey PRIMARY KEY,
  kind            text   COLLATE "C" NOT NULL CONSTRAINT document_kind_fkey REFERENCES document_kind,
  number          text   CONSTRAINT document_number_reads_well CHECK (is_tidy(number) AND length(number) <= 80),
  title           text   NOT NULL CONSTRAINT document_title_reads_well CHECK (is_tidy(title) AND length(title) <= 200),
  issuer          text   CONSTRAINT document_issuer_reads_well CHECK (is_tidy(issuer) AND length(issuer) <= 120),
  dated           date,
  pages           int    CONSTRAINT document_has_pages CHECK (pages BETWEEN 1 AND 10000),
  sha256          text   COLLATE "C" CONSTRAINT document_digest_is_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  file_name       text   CONSTRAINT document_file_name_reads_well CHECK (is_tidy(file_name) AND length(file_name) <= 200),
  organisation_id bigint NOT NULL CONSTRAINT document_organisation_id_fkey REFERENCES organisation,
  transaction_id  bigint NOT NULL DEFAULT current_act() CONSTRAINT document_transaction_id_fkey REFERENCES transaction,
  supersedes      bigint CONSTRAINT document_supersedes_fkey REFERENCES document CONSTRAINT a_document_is_superseded_once UNIQUE
                         CONSTRAINT document_supersedes_an_earlier_one CHECK (supersedes < id),
  CONSTRAINT document_can_be_found_again CHECK (number IS NOT NULL OR sha256 IS NOT NULL)
);
CREATE INDEX document_by_number ON document (number);
CREATE INDEX document_by_digest ON document (sha256);
CREATE INDEX document_of_organisation ON document (organisation_id, id);
CREATE UNIQUE INDEX workbook_is_loaded_once ON document (organisation_id, sha256) WHERE kind = 'workbook';
CREATE INDEX document_of_transaction ON document (transaction_id);
CREATE INDEX document_without_scan ON document (id) WHERE sha256 IS NULL;
COMMENT ON TABLE  document IS 'Document: what an act rests on; kept as it was filed.';
COMMENT ON COLUMN document.id IS 'Key';
COMMENT ON COLUMN document.kind IS 'Kind of document';
COMMENT ON COLUMN document.number IS 'Document number';
COMMENT ON COLUMN document.title IS 'Title';
COMMENT ON COLUMN document.issuer IS 'Issued by';
COMMENT ON COLUMN document.dated IS 'Document date';
COMMENT ON COLUMN document.pages IS 'Pages';
COMMENT ON COLUMN document.sha256 IS 'Digest: SHA-256 of the file; empty while the scan is missing';
COMMENT ON COLUMN document.file_name IS 'File name';
COMMENT ON COLUMN document.organisation_id IS 'Kept by: the organisation whose file it is';
COMMENT ON COLUMN document.transaction_id IS 'Act: that filed it';
COMMENT ON COLUMN document.supersedes IS 'Supersedes: the document whose scan this is, or which it corrects; that one stays on file';
COMMENT ON CONSTRAINT a_document_is_superseded_once ON document IS 'This document has its scan or was superseded already: open the newer one.';
COMMENT ON CONSTRAINT document_supersedes_an_earlier_one ON document IS 'A document supersedes one that was filed before it.';
COMMENT ON CONSTRAINT document_number_reads_well ON document IS 'The document number must not carry blanks at its ends or be longer than 80 characters.';
COMMENT ON CONSTRAINT document_title_reads_well ON document IS 'The document needs a title of at most 200 characters, without blanks at its ends.';
COMMENT ON CONSTRAINT document_issuer_reads_well ON document IS 'The issuer must not carry blanks at its ends or be longer than 120 characters.';
COMMENT ON CONSTRAINT document_has_pages ON document IS 'A document has between 1 and 10000 pages.';
COMMENT ON CONSTRAINT document_digest_is_sha256 ON document IS 'The digest of a file is 64 hexadecimal digits.';
COMMENT ON CONSTRAINT document_file_name_reads_well ON document IS 'The file name must not carry blanks at its ends or be longer than 200 characters.';
COMMENT ON INDEX workbook_is_loaded_once IS 'This very workbook was loaded before; nothing was written again.';
COMMENT ON CONSTRAINT document_can_be_found_again ON document IS 'Give the document number, or attach the file.';

CREATE TABLE document_content (
  document_id bigint CONSTRAINT document_content_pkey PRIMARY KEY CONSTRAINT document_content_document_id_fkey REFERENCES document,
  media_type  text   NOT NULL CONSTRAINT document_content_is_of_a_known_type CHECK (media_type IN
                     ('application/pdf', 'image/jpeg', 'image/png', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')),
  content     bytea  NOT NULL CONSTRAINT document_content_is_at_most_20_mb CHECK (length(content) BETWEEN 1 AND 20971520)
);
COMMENT ON TABLE  document_content IS 'The bytes of a document, in the database, so that record and proof share one backup.';
COMMENT ON COLUMN document_content.document_id IS 'Document';
COMMENT ON COLUMN document_content.media_type IS 'File type';
COMMENT ON COLUMN document_content.content IS 'File: at most 20 MB';
COMMENT ON CONSTRAINT document_content_is_of_a_known_type ON document_content IS 'A document is a PDF file, a JPEG or PNG picture, or the workbook of an import.';
COMMENT ON CONSTRAINT document_content_is_at_most_20_mb ON document_content IS 'A document file must not be empty or larger than 20 MB.';

CREATE TABLE evidence (
  id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT evidence_pkey PRIMARY KEY,
  transaction_id bigint NOT NULL DEFAULT current_act() CONSTRAINT evidence_transaction_id_fkey REFERENCES transaction,
  subject        text   COLLATE "C" NOT NULL DEFAULT 'member' CONSTRAINT evidence_is_for_members CHECK (subject = 'member'),
  subject_id     bigint NOT NULL,   -- REFERENCES member, which chapter 5 creates
  field          text   COLLATE "C" NOT NULL CONSTRAINT evidence_is_for_key_fields CHECK (field IN ('birth_date', 'join_date', 'full_date', 'id_number')),
  document_id    bigint NOT NULL CONSTRAINT evidence_document_id_fkey REFERENCES document,
  written_at     timestamptz NOT NULL DEFAULT now(),
  account_id     bigint NOT NULL DEFAULT acting_account(),   -- REFERENCES account, which chapter 4 creates
  CONSTRAINT evidence_is_named_once UNIQUE (subject_id, transaction_id, field, document_id)
);
CREATE INDEX evidence_of_document ON evidence (document_id);
CREATE INDEX evidence_of_transaction ON evidence (transaction_id);
CREATE INDEX evidence_by_time ON evidence (written_at, id);
CREATE INDEX evidence_by_field ON evidence (field, written_at, id);
CREATE INDEX evidence_of_account ON evidence (account_id, written_at, id);
COMMENT ON TABLE  evidence IS 'Which document proves which change of a key field: bound to the act that made the change.';
COMMENT ON COLUMN evidence.id IS 'Key';
COMMENT ON COLUMN evidence.transaction_id IS 'Act';
COMMENT ON COLUMN evidence.subject IS 'Kind of record';
COMMENT ON COLUMN evidence.subject_id IS 'Member';
COMMENT ON COLUMN evidence.field IS 'Key field';
COMMENT ON COLUMN evidence.document_id IS 'Document';
COMMENT ON COLUMN evidence.written_at IS 'Written at: as its act, copied so that changes of a period are found by an index';
COMMENT ON COLUMN evidence.account_id IS 'Account: as its act, copied so that the changes of one person are found by an index';
COMMENT ON CONSTRAINT evidence_is_for_members ON evidence IS 'Key fields are fields of members.';
COMMENT ON CONSTRAINT evidence_is_for_key_fields ON evidence IS 'Evidence is kept for birth date, joining date, conversion date and ID number.';
COMMENT ON CONSTRAINT evidence_is_named_once ON evidence IS 'A document is named once for a change.';

-- ====================================================================================================================
-- 4  account, post, permission
-- ====================================================================================================================

CREATE TABLE permission_function (
  code      text COLLATE "C" CONSTRAINT permission_function_pkey PRIMARY KEY,
  label_zh  text NOT NULL,
  label_en  text NOT NULL,
  subsystem text NOT NULL,
  position  int  NOT NULL
);
COMMENT ON TABLE  permission_function IS 'Function: a row of the permission table (annex 2 of the notice).';
COMMENT ON COLUMN permission_function.code IS 'Function code';
COMMENT ON COLUMN permission_function.label_zh IS 'Chinese label';
COMMENT ON COLUMN permission_function.label_en IS 'English label';
COMMENT ON COLUMN permission_function.subsystem IS 'Subsystem: in English, as the catalogue translates it';
COMMENT ON COLUMN permission_function.position IS 'Position in the printed table';

ALTER TABLE report_kind ADD CONSTRAINT report_kind_function_fkey FOREIGN KEY (function) REFERENCES permission_function;
ALTER TABLE change_kind ADD CONSTRAINT change_kind_function_fkey FOREIGN KEY (function) REFERENCES permission_function;

CREATE TABLE permission (
  id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT permission_pkey PRIMARY KEY,
  function   text COLLATE "C" NOT NULL CONSTRAINT permission_function_fkey REFERENCES permission_function,
  level      text COLLATE "C" NOT NULL CONSTRAINT permission_level_fkey REFERENCES level,
  letter     text COLLATE "C" NOT NULL CONSTRAINT permission_letter_is_known CHECK (letter IN ('W', 'A', 'R', 'P', 'V', 'X', 'C', '-')),
  scope      text NOT NULL,
  masked     boolean NOT NULL DEFAULT false,
  provenance text NOT NULL,
  note       text,
  ver        int  NOT NULL DEFAULT 1,
  CONSTRAINT permission_is_one_cell UNIQUE (function, level)
);
COMMENT ON TABLE  permission IS 'Permission table: what posts of a level may do.';
COMMENT ON COLUMN permission.id IS 'Key';
COMMENT ON COLUMN permission.function IS 'Function';
COMMENT ON COLUMN permission.level IS 'Level';
COMMENT ON COLUMN permission.letter IS 'Letter: W write, A approve, R report, P propose, V view, X export, C confirm, - no';
COMMENT ON COLUMN permission.scope IS 'Reach';
COMMENT ON COLUMN permission.masked IS 'Masked only: personal numbers never leave in full';
COMMENT ON COLUMN permission.provenance IS 'Source: from the notice, from another source, or inferred';
COMMENT ON COLUMN permission.note IS 'Note';
COMMENT ON COLUMN permission.ver IS 'Version';
COMMENT ON CONSTRAINT permission_letter_is_known ON permission IS 'The letter of a permission is one of W, A, R, P, V, X, C or -.';
COMMENT ON CONSTRAINT permission_is_one_cell ON permission IS 'A function has one letter for each level.';

CREATE FUNCTION holds(a_function text, a_letter text) RETURNS boolean LANGUAGE sql STABLE
RETURN installs() OR EXISTS (SELECT FROM permission p WHERE p.function = a_function AND p.level = acting_level() AND p.letter = a_letter);
COMMENT ON FUNCTION holds(text, text) IS 'Whether the acting post has a letter for a function of the permission table.';

CREATE TABLE account (
  id                bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT account_pkey PRIMARY KEY,
  login             text   COLLATE "C" NOT NULL CONSTRAINT login_is_taken_once UNIQUE
                           CONSTRAINT login_is_plain CHECK (login ~ '^[a-z0-9][a-z0-9._-]{1,39}$'),
  name              text   NOT NULL CONSTRAINT account_name_reads_well CHECK (is_tidy(name) AND length(name) <= 60),
  organisation_id   bigint,
  organisation_code text   COLLATE "C",
  closed            date,
  ver               int    NOT NULL DEFAULT 1,
  CONSTRAINT account_stands_with_its_organisation FOREIGN KEY (organisation_id, organisation_code) REFERENCES organisation (id, code) MATCH FULL ON UPDATE CASCADE
);
CREATE INDEX account_by_organisation ON account (organisation_code, id);
INSERT INTO account (login, name) VALUES ('installation', '安装程序');   -- acts for init, demo and account create; cannot sign in
COMMENT ON TABLE  account IS 'Account: one person who works in the registry.';
COMMENT ON COLUMN account.id IS 'Key';
COMMENT ON COLUMN account.login IS 'Login: small letters, digits, dot, dash';
COMMENT ON COLUMN account.name IS 'Name of the holder';
COMMENT ON COLUMN account.organisation_id IS 'Organisation: that the holder works for; empty for the installer''s own account only';
COMMENT ON COLUMN account.organisation_code IS 'Organisation code: follows the organisation';
COMMENT ON COLUMN account.closed IS 'Closed on: empty while the account is open';
COMMENT ON COLUMN account.ver IS 'Version';
COMMENT ON CONSTRAINT login_is_taken_once ON account IS 'This login is taken; choose another one.';
COMMENT ON CONSTRAINT login_is_plain ON account IS 'A login has 2 to 40 characters: small letters, digits, dot, dash or underscore, and begins with a letter or digit.';
COMMENT ON CONSTRAINT account_name_reads_well ON account IS 'The holder''s name must not be blank, carry blanks at its ends or be longer than 60 characters.';
COMMENT ON CONSTRAINT account_stands_with_its_organisation ON account IS 'The account''s organisation must exist; its code follows by itself.';

CREATE TABLE credential (
  account_id    bigint      CONSTRAINT credential_pkey PRIMARY KEY CONSTRAINT credential_account_id_fkey REFERENCES account,
  password_hash text        NOT NULL CONSTRAINT password_is_hashed CHECK (password_hash LIKE '$argon2id$%'),
  changed_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE  credential IS 'Password hash of an account; read by the sign-in door alone. An account without a row cannot sign in.';
COMMENT ON COLUMN credential.account_id IS 'Account';
COMMENT ON COLUMN credential.password_hash IS 'Password hash: argon2id with its parameters';
COMMENT ON COLUMN credential.changed_at IS 'Changed at';
COMMENT ON CONSTRAINT password_is_hashed ON credential IS 'A password is kept only as its argon2id hash.';

CREATE TABLE post (
  id                bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT post_pkey PRIMARY KEY,
  level             text   COLLATE "C" NOT NULL CONSTRAINT post_level_fkey REFERENCES level,
  organisation_id   bigint NOT NULL,
  organisation_code text   COLLATE "C" NOT NULL,
  closed            date,
  ver               int    NOT NULL DEFAULT 1,
  CONSTRAINT post_stands_with_its_organisation FOREIGN KEY (organisation_id, organisation_code) REFERENCES organisation (id, code) ON UPDATE CASCADE
);
CREATE UNIQUE INDEX post_is_opened_once ON post (organisation_id, level) WHERE closed IS NULL;
CREATE INDEX post_by_organisation ON post (organisation_code, id);
COMMENT ON TABLE  post IS 'Post: holds the rights of a level at an organisation; people hold posts. Written LEVEL@CODE.';
COMMENT ON COLUMN post.id IS 'Key';
COMMENT ON COLUMN post.level IS 'Level';
COMMENT ON COLUMN post.organisation_id IS 'Organisation';
COMMENT ON COLUMN post.organisation_code IS 'Organisation code: follows the organisation';
COMMENT ON COLUMN post.closed IS 'Closed on: empty while the post exists';
COMMENT ON COLUMN post.ver IS 'Version';
COMMENT ON CONSTRAINT post_stands_with_its_organisation ON post IS 'The post''s organisation must exist; its code follows by itself.';
COMMENT ON INDEX post_is_opened_once IS 'This organisation already has an open post of this level; give the account a tenure in it.';

CREATE TABLE tenure (
  id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT tenure_pkey PRIMARY KEY,
  account_id  bigint NOT NULL CONSTRAINT tenure_account_id_fkey REFERENCES account,
  post_id     bigint NOT NULL CONSTRAINT tenure_post_id_fkey REFERENCES post,
  since       date   NOT NULL DEFAULT current_date,
  until       date   CONSTRAINT tenure_ends_after_it_began CHECK (until >= since),
  document_id bigint CONSTRAINT tenure_document_id_fkey REFERENCES document,
  ver         int    NOT NULL DEFAULT 1,
  CONSTRAINT tenures_of_a_post_do_not_overlap EXCLUDE USING gist (int8range(account_id, account_id, '[]') WITH &&,
    int8range(post_id, post_id, '[]') WITH &&, daterange(since, until, '[]') WITH &&)
);
CREATE INDEX tenure_of_account ON tenure (account_id);
CREATE INDEX tenure_of_post ON tenure (post_id);
COMMENT ON TABLE  tenure IS 'Tenure: an account in a post, dated; a deputy has a tenure of a few days.';
COMMENT ON COLUMN tenure.id IS 'Key';
COMMENT ON COLUMN tenure.account_id IS 'Account';
COMMENT ON COLUMN tenure.post_id IS 'Post';
COMMENT ON COLUMN tenure.since IS 'From';
COMMENT ON COLUMN tenure.until IS 'To: the last day; empty while open';
COMMENT ON COLUMN tenure.document_id IS 'Document';
COMMENT ON COLUMN tenure.ver IS 'Version';
COMMENT ON CONSTRAINT tenure_ends_after_it_began ON tenure IS 'A tenure cannot end before it began.';
COMMENT ON CONSTRAINT tenures_of_a_post_do_not_overlap ON tenure IS 'This account already holds this post in that time.';

CREATE TABLE user_session (
  token_hash text        COLLATE "C" CONSTRAINT user_session_pkey PRIMARY KEY CONSTRAINT session_token_is_hashed CHECK (token_hash ~ '^[0-9a-f]{64}$'),
  account_id bigint      NOT NULL CONSTRAINT user_session_account_id_fkey REFERENCES account,
  post_id    bigint      CONSTRAINT user_session_post_id_fkey REFERENCES post,
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at    timestamptz NOT NULL DEFAULT now(),
  ended_at   timestamptz,
  client     text        NOT NULL,
  agent      text        NOT NULL,
  look_account bigint    CONSTRAINT user_session_look_account_fkey REFERENCES account,
  look_post    bigint    CONSTRAINT user_session_look_post_fkey REFERENCES post,
  look_since timestamptz,
  CONSTRAINT a_look_has_a_person_a_post_and_a_beginning CHECK (num_nulls(look_account, look_post, look_since) IN (0, 3))
);
CREATE INDEX user_session_of_account ON user_session (account_id) WHERE ended_at IS NULL;
COMMENT ON TABLE  user_session IS 'Signed-in session: can be ended from outside; read by the session doors alone.';
COMMENT ON COLUMN user_session.token_hash IS 'Digest of the token in the cookie';
COMMENT ON COLUMN user_session.account_id IS 'Account';
COMMENT ON COLUMN user_session.post_id IS 'Post in which the person acts; empty while none is held';
COMMENT ON COLUMN user_session.created_at IS 'Signed in at';
COMMENT ON COLUMN user_session.seen_at IS 'Last seen at';
COMMENT ON COLUMN user_session.ended_at IS 'Ended at';
COMMENT ON COLUMN user_session.client IS 'Address';
COMMENT ON COLUMN user_session.agent IS 'Browser';
COMMENT ON COLUMN user_session.look_account IS 'Looks with the eyes of: empty unless the person sees what another one sees';
COMMENT ON COLUMN user_session.look_post IS 'In the post';
COMMENT ON COLUMN user_session.look_since IS 'Looks since';
COMMENT ON CONSTRAINT a_look_has_a_person_a_post_and_a_beginning ON user_session IS 'One looks with the eyes of a person, in a post, from a moment on.';
COMMENT ON CONSTRAINT session_token_is_hashed ON user_session IS 'A session token is kept only as its SHA-256 digest.';

CREATE TABLE saved_view (
  id         bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT saved_view_pkey PRIMARY KEY,
  account_id bigint NOT NULL DEFAULT acting_account() CONSTRAINT saved_view_account_id_fkey REFERENCES account,
  subject    text   COLLATE "C" NOT NULL CONSTRAINT saved_view_is_of_a_list CHECK (subject ~ '^[a-z_]{1,60}$'),
  name       text   COLLATE "C" CONSTRAINT saved_view_name_reads_well CHECK (is_tidy(name) AND length(name) <= 20),
  filters    jsonb  NOT NULL DEFAULT '{}' CONSTRAINT saved_view_filters_are_short CHECK (jsonb_typeof(filters) = 'object' AND length(filters::text) <= 4000),
  shown      text[] CONSTRAINT saved_view_shows_columns CHECK (cardinality(shown) BETWEEN 1 AND 100),
  sort       text   COLLATE "C" CONSTRAINT saved_view_sort_is_a_word CHECK (sort ~ '^-?[a-z_]{1,60}$'),
  taken_away timestamptz
);
CREATE UNIQUE INDEX a_view_has_a_name_of_its_own ON saved_view (account_id, subject, name) NULLS NOT DISTINCT WHERE taken_away IS NULL;
COMMENT ON TABLE  saved_view IS 'Saved view: how one account likes to see a list. A setting of one''s own, seen by nobody else; no record.';
COMMENT ON COLUMN saved_view.id IS 'Key';
COMMENT ON COLUMN saved_view.account_id IS 'Account';
COMMENT ON COLUMN saved_view.subject IS 'List';
COMMENT ON COLUMN saved_view.name IS 'Name of the view: empty for the columns that the account wants wherever no view says otherwise';
COMMENT ON COLUMN saved_view.filters IS 'Filters';
COMMENT ON COLUMN saved_view.shown IS 'Columns: empty for those that the list shows by itself';
COMMENT ON COLUMN saved_view.sort IS 'Order: empty for the list''s own';
COMMENT ON COLUMN saved_view.taken_away IS 'Taken away at: empty while the view is in use';
COMMENT ON CONSTRAINT saved_view_is_of_a_list ON saved_view IS 'A view is of one list.';
COMMENT ON CONSTRAINT saved_view_name_reads_well ON saved_view IS 'The name of a view must not be blank, carry blanks at its ends or be longer than 20 characters.';
COMMENT ON CONSTRAINT saved_view_filters_are_short ON saved_view IS 'The filters of this view are too long to be saved; take some away.';
COMMENT ON CONSTRAINT saved_view_shows_columns ON saved_view IS 'A view shows at least one column.';
COMMENT ON CONSTRAINT saved_view_sort_is_a_word ON saved_view IS 'The order of a view is one that its list offers.';
COMMENT ON INDEX a_view_has_a_name_of_its_own IS 'You already have a view of this name on this list.';

CREATE TABLE last_look (
  account_id      bigint      NOT NULL DEFAULT acting_account() CONSTRAINT last_look_account_id_fkey REFERENCES account,
  organisation_id bigint      NOT NULL CONSTRAINT last_look_organisation_id_fkey REFERENCES organisation,
  looked_at       timestamptz NOT NULL CONSTRAINT a_last_look_is_not_ahead CHECK (looked_at <= now()),
  CONSTRAINT last_look_pkey PRIMARY KEY (account_id, organisation_id)
);
COMMENT ON TABLE  last_look IS 'Last look: until when an account has seen what changed below an organisation. A setting of one''s own, seen by nobody else; no record.';
COMMENT ON COLUMN last_look.account_id IS 'Account';
COMMENT ON COLUMN last_look.organisation_id IS 'Organisation';
COMMENT ON COLUMN last_look.looked_at IS 'Seen until: what was written from this moment on is new';
COMMENT ON CONSTRAINT a_last_look_is_not_ahead ON last_look IS 'One has seen changes until now at most, none that are still to come.';

-- ====================================================================================================================
-- 5  member
-- ====================================================================================================================

CREATE TABLE member (
  id                 bigint  GENERATED ALWAYS AS IDENTITY CONSTRAINT member_pkey PRIMARY KEY,
  name               text    COLLATE "C" CONSTRAINT member_name_reads_well CHECK (is_tidy(name) AND length(name) <= 60),
  initials           text    COLLATE "C",
  name_key           text    COLLATE "C",
  sex                text    COLLATE "C" CONSTRAINT member_sex_fkey REFERENCES sex,
  ethnicity          text    COLLATE "C" CONSTRAINT member_ethnicity_fkey REFERENCES ethnicity,
  id_number          text    COLLATE "C" CONSTRAINT id_number_reads_well CHECK (is_tidy(id_number) AND length(id_number) <= 40),
  id_key             text    COLLATE "C" GENERATED ALWAYS AS (id_number_18(id_number)) STORED,
  birth_date         date,
  birth_date_text    text    CONSTRAINT birth_date_text_stands_for_a_date CHECK (birth_date_text IS NULL OR (is_tidy(birth_date_text) AND birth_date IS NULL)),
  education          text    COLLATE "C" CONSTRAINT member_education_fkey REFERENCES education,
  person_type        text    COLLATE "C" CONSTRAINT member_person_type_fkey REFERENCES person_type
                             CONSTRAINT member_is_full_or_probationary CHECK (person_type IN ('1', '2')),
  branch_id          bigint  NOT NULL,
  branch_code        text    COLLATE "C" NOT NULL,
  join_date          date,
  join_date_text     text    CONSTRAINT join_date_text_stands_for_a_date CHECK (join_date_text IS NULL OR (is_tidy(join_date_text) AND join_date IS NULL)),
  full_date          date,
  full_date_text     text    CONSTRAINT full_date_text_stands_for_a_date CHECK (full_date_text IS NULL OR (is_tidy(full_date_text) AND full_date IS NULL)),
  job_post           text    COLLATE "C" CONSTRAINT member_job_post_fkey REFERENCES job_post,
  mobile             text    COLLATE "C" CONSTRAINT mobile_reads_well CHECK (is_tidy(mobile) AND length(mobile) <= 40),
  landline           text    COLLATE "C" CONSTRAINT landline_reads_well CHECK (is_tidy(landline) AND length(landline) <= 40),
  address            text    CONSTRAINT address_reads_well CHECK (is_tidy(address) AND length(address) <= 200),
  probation_until    date,
  status             text    COLLATE "C" DEFAULT '1' CONSTRAINT member_status_fkey REFERENCES membership_status,
  since              date,
  began_by           text    COLLATE "C" CONSTRAINT member_began_by_fkey REFERENCES entry_reason,
  ended_by           text    COLLATE "C" CONSTRAINT member_ended_by_fkey REFERENCES exit_reason,
  lost               boolean,
  lost_month         date    CONSTRAINT lost_month_is_a_month CHECK (lost_month = date_trunc('month', lost_month)),
  is_mobile          boolean,
  destination        text    COLLATE "C" CONSTRAINT member_destination_fkey REFERENCES region,
  destination_text   text    CONSTRAINT destination_text_stands_for_a_region CHECK (destination_text IS NULL OR (is_tidy(destination_text) AND length(destination_text) <= 120 AND destination IS NULL)),
  new_social_stratum text    COLLATE "C" CONSTRAINT member_new_social_stratum_fkey REFERENCES new_social_stratum,
  remark             text    CONSTRAINT remark_reads_well CHECK (is_tidy(remark) AND length(remark) <= 500),
  intake             intake  NOT NULL DEFAULT 'registered',
  ver                int     NOT NULL DEFAULT 1,
  CONSTRAINT member_stands_with_the_branch FOREIGN KEY (branch_id, branch_code) REFERENCES organisation (id, code) ON UPDATE CASCADE
);
ALTER TABLE evidence ADD CONSTRAINT evidence_subject_id_fkey FOREIGN KEY (subject_id) REFERENCES member;
CREATE INDEX member_by_branch ON member (branch_code, id);
CREATE INDEX member_of_branch ON member (branch_id);
CREATE INDEX member_by_status ON member (status, branch_code, id);
CREATE INDEX member_on_probation ON member (branch_code, join_date) WHERE person_type = '2';
CREATE INDEX member_by_name ON member (name_key, branch_code, id);
CREATE INDEX member_by_initials ON member (initials, branch_code, id);
CREATE INDEX member_probationary ON member (branch_code, id) WHERE person_type = '2';
CREATE INDEX member_away ON member (branch_code, id) WHERE lost OR is_mobile;
CREATE INDEX member_stock ON member (branch_code, id) WHERE intake = 'stock';
CREATE INDEX member_by_id_key ON member (id_key);
CREATE INDEX member_by_mobile ON member (mobile);
CREATE UNIQUE INDEX id_number_is_registered_once ON member (id_key) WHERE intake = 'registered';
COMMENT ON TABLE  member IS 'Member: one person, with the branch that holds the formal relation.';
COMMENT ON COLUMN member.id IS 'Key';
COMMENT ON COLUMN member.name IS 'Name: as on the ID card';
COMMENT ON COLUMN member.initials IS 'Pinyin initials: follow the name';
COMMENT ON COLUMN member.name_key IS 'Pinyin of the name: follows the name; what lists are sorted by';
COMMENT ON COLUMN member.sex IS 'Sex';
COMMENT ON COLUMN member.ethnicity IS 'Ethnic group';
COMMENT ON COLUMN member.id_number IS 'ID number: 18 characters; 15-digit numbers of old cards stay as they are until corrected';
COMMENT ON COLUMN member.id_key IS 'ID number, 18 characters: computed; what searches and duplicate checks compare';
COMMENT ON COLUMN member.birth_date IS 'Birth date: as in the personnel file';
COMMENT ON COLUMN member.birth_date_text IS 'Birth date as written: kept where the source gives no day';
COMMENT ON COLUMN member.education IS 'Education';
COMMENT ON COLUMN member.person_type IS 'Type of person: full or probationary member';
COMMENT ON COLUMN member.branch_id IS 'Branch';
COMMENT ON COLUMN member.branch_code IS 'Branch code: follows the branch';
COMMENT ON COLUMN member.join_date IS 'Joining date: the day the person became a probationary member';
COMMENT ON COLUMN member.join_date_text IS 'Joining date as written: kept where the source gives no day';
COMMENT ON COLUMN member.full_date IS 'Conversion date: the day the person became a full member';
COMMENT ON COLUMN member.full_date_text IS 'Conversion date as written: kept where the source gives no day';
COMMENT ON COLUMN member.job_post IS 'Job';
COMMENT ON COLUMN member.mobile IS 'Mobile number';
COMMENT ON COLUMN member.landline IS 'Landline: area code and number';
COMMENT ON COLUMN member.address IS 'Home address: down to the door number';
COMMENT ON COLUMN member.status IS 'Membership status: empty where the source is silent; such a member is counted as normal';
COMMENT ON COLUMN member.probation_until IS 'Probation extended to: empty while it was not extended';
COMMENT ON COLUMN member.since IS 'Since: the day on which the present branch or status took effect; empty where it was never changed here';
COMMENT ON COLUMN member.began_by IS 'How it began: the reason of the last addition or return';
COMMENT ON COLUMN member.ended_by IS 'How it ended: the reason of the last suspension or exit';
COMMENT ON COLUMN member.lost IS 'Out of contact: for six months or more; empty where not known';
COMMENT ON COLUMN member.lost_month IS 'Out of contact since: the first day stands for the month';
COMMENT ON COLUMN member.is_mobile IS 'Mobile member: away from the place of the branch; empty where not known';
COMMENT ON COLUMN member.destination IS 'Destination: region where a mobile member went';
COMMENT ON COLUMN member.destination_text IS 'Destination as written: kept where it matches no region';
COMMENT ON COLUMN member.new_social_stratum IS 'New social stratum';
COMMENT ON COLUMN member.remark IS 'Remark';
COMMENT ON COLUMN member.intake IS 'Intake: stock as loaded, or registered under all rules';
COMMENT ON COLUMN member.ver IS 'Version';
COMMENT ON CONSTRAINT member_name_reads_well ON member IS 'The name must not carry blanks at its ends or be longer than 60 characters.';
COMMENT ON CONSTRAINT id_number_reads_well ON member IS 'The ID number must not carry blanks at its ends or be longer than 40 characters.';
COMMENT ON CONSTRAINT birth_date_text_stands_for_a_date ON member IS 'The birth date as written is kept only while the full date is missing.';
COMMENT ON CONSTRAINT join_date_text_stands_for_a_date ON member IS 'The joining date as written is kept only while the full date is missing.';
COMMENT ON CONSTRAINT full_date_text_stands_for_a_date ON member IS 'The conversion date as written is kept only while the full date is missing.';
COMMENT ON CONSTRAINT member_is_full_or_probationary ON member IS 'A member is a full or a probationary member; applicants are not yet kept here.';
COMMENT ON CONSTRAINT mobile_reads_well ON member IS 'The mobile number must not carry blanks at its ends or be longer than 40 characters.';
COMMENT ON CONSTRAINT landline_reads_well ON member IS 'The landline must not carry blanks at its ends or be longer than 40 characters.';
COMMENT ON CONSTRAINT address_reads_well ON member IS 'The address must not carry blanks at its ends or be longer than 200 characters.';
COMMENT ON CONSTRAINT lost_month_is_a_month ON member IS 'Out of contact since is a month, written as its first day.';
COMMENT ON CONSTRAINT destination_text_stands_for_a_region ON member IS 'The destination as written is kept only while no region is chosen, and has at most 120 characters.';
COMMENT ON CONSTRAINT remark_reads_well ON member IS 'The remark must not carry blanks at its ends or be longer than 500 characters.';
COMMENT ON CONSTRAINT member_stands_with_the_branch ON member IS 'The member''s branch must exist; its code follows by itself.';
COMMENT ON INDEX id_number_is_registered_once IS 'This ID number is already registered.';

CREATE TABLE membership_spell (
  id          bigint    GENERATED ALWAYS AS IDENTITY CONSTRAINT membership_spell_pkey PRIMARY KEY,
  member_id   bigint    NOT NULL CONSTRAINT membership_spell_member_id_fkey REFERENCES member,
  branch_id   bigint    NOT NULL,
  branch_code text      COLLATE "C" NOT NULL,
  status      text      COLLATE "C" NOT NULL CONSTRAINT membership_spell_status_fkey REFERENCES membership_status,
  during      daterange NOT NULL,
  began_by    text      COLLATE "C" CONSTRAINT membership_spell_began_by_fkey REFERENCES entry_reason,
  ended_by    text      COLLATE "C" CONSTRAINT membership_spell_ended_by_fkey REFERENCES exit_reason,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  recorded_in bigint    NOT NULL DEFAULT current_act() CONSTRAINT membership_spell_recorded_in_fkey REFERENCES transaction,
  replaced_at timestamptz,
  replaced_in bigint    CONSTRAINT membership_spell_replaced_in_fkey REFERENCES transaction,
  CONSTRAINT membership_spell_follows_the_branch FOREIGN KEY (branch_id, branch_code) REFERENCES organisation (id, code) ON UPDATE CASCADE,
  CONSTRAINT membership_spell_is_replaced_in_an_act CHECK ((replaced_at IS NULL) = (replaced_in IS NULL)),
  CONSTRAINT membership_spells_do_not_overlap EXCLUDE USING gist (int8range(member_id, member_id, '[]') WITH &&, during WITH &&) WHERE (replaced_at IS NULL)
);
CREATE INDEX membership_spell_of_member ON membership_spell (member_id);   -- the exclusion's index knows no "="
CREATE INDEX membership_spell_of_branch ON membership_spell (branch_id);
CREATE INDEX membership_spell_by_branch ON membership_spell (branch_code, member_id);
CREATE INDEX membership_spell_recorded ON membership_spell (recorded_in);
CREATE INDEX membership_spell_replaced ON membership_spell (replaced_in) WHERE replaced_in IS NOT NULL;
COMMENT ON TABLE  membership_spell IS 'What was true of a membership on a day (branch and status, dated), and from when until when it was on record so. Filled by trigger; a change replaces a row and never rewrites it.';
COMMENT ON COLUMN membership_spell.id IS 'Key';
COMMENT ON COLUMN membership_spell.member_id IS 'Member';
COMMENT ON COLUMN membership_spell.branch_id IS 'Branch';
COMMENT ON COLUMN membership_spell.branch_code IS 'Branch code: follows the branch';
COMMENT ON COLUMN membership_spell.status IS 'Membership status';
COMMENT ON COLUMN membership_spell.during IS 'During: without a lower end where the beginning is not known; empty when voided on its first day';
COMMENT ON COLUMN membership_spell.began_by IS 'How it began';
COMMENT ON COLUMN membership_spell.ended_by IS 'How it ended';
COMMENT ON COLUMN membership_spell.recorded_at IS 'On record since';
COMMENT ON COLUMN membership_spell.recorded_in IS 'Recorded by the act';
COMMENT ON COLUMN membership_spell.replaced_at IS 'On record until: empty while it holds';
COMMENT ON COLUMN membership_spell.replaced_in IS 'Replaced by the act';
COMMENT ON CONSTRAINT membership_spell_follows_the_branch ON membership_spell IS 'The branch of a dated membership must exist; its code follows by itself.';
COMMENT ON CONSTRAINT membership_spell_is_replaced_in_an_act ON membership_spell IS 'A dated membership is replaced by an act, at a moment.';
COMMENT ON CONSTRAINT membership_spells_do_not_overlap ON membership_spell IS 'A member has one branch and one status on any day.';

CREATE TABLE branch_count (
  branch_id    bigint CONSTRAINT branch_count_pkey PRIMARY KEY,
  branch_code  text   COLLATE "C" NOT NULL,
  kept         int    NOT NULL DEFAULT 0,
  counted      int    NOT NULL DEFAULT 0,
  probationary int    NOT NULL DEFAULT 0,
  incomplete   int    NOT NULL DEFAULT 0,
  CONSTRAINT branch_count_follows_the_branch FOREIGN KEY (branch_id, branch_code) REFERENCES organisation (id, code) ON UPDATE CASCADE,
  CONSTRAINT branch_count_is_not_negative CHECK (kept >= counted AND counted >= probationary AND probationary >= 0 AND incomplete BETWEEN 0 AND kept)
);
CREATE INDEX branch_count_by_branch ON branch_count (branch_code) INCLUDE (kept, counted, probationary, incomplete);
COMMENT ON TABLE  branch_count IS 'Number of members of each branch, kept by trigger: a subtree is counted by adding its branches, not its members.';
COMMENT ON COLUMN branch_count.branch_id IS 'Branch';
COMMENT ON COLUMN branch_count.branch_code IS 'Branch code: follows the branch';
COMMENT ON COLUMN branch_count.kept IS 'On the roll: suspended members included';
COMMENT ON COLUMN branch_count.counted IS 'Members: as totals count them';
COMMENT ON COLUMN branch_count.probationary IS 'Probationary members: of those';
COMMENT ON COLUMN branch_count.incomplete IS 'To be completed: on the roll and still stock, so that a rule is broken';
COMMENT ON CONSTRAINT branch_count_follows_the_branch ON branch_count IS 'The counted branch must exist; its code follows by itself.';
COMMENT ON CONSTRAINT branch_count_is_not_negative ON branch_count IS 'A count of members cannot be below zero.';

CREATE TABLE field_delegation (
  id              bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT field_delegation_pkey PRIMARY KEY,
  branch_id       bigint NOT NULL,
  branch_code     text   COLLATE "C" NOT NULL,
  field           text   COLLATE "C" NOT NULL CONSTRAINT delegated_field_is_no_key_field CHECK (field IN
                         ('education', 'mobile', 'landline', 'address', 'job_post', 'lost', 'lost_month', 'is_mobile', 'destination', 'destination_text', 'remark')),
  since           date   NOT NULL DEFAULT current_date,
  until           date   CONSTRAINT field_delegation_ends_after_it_began CHECK (until >= since),
  document_id     bigint CONSTRAINT field_delegation_document_id_fkey REFERENCES document,
  ver             int    NOT NULL DEFAULT 1,
  CONSTRAINT field_delegation_follows_the_branch FOREIGN KEY (branch_id, branch_code) REFERENCES organisation (id, code) ON UPDATE CASCADE
);
CREATE INDEX field_delegation_by_branch ON field_delegation (branch_code, field);
COMMENT ON TABLE  field_delegation IS 'Field delegation: which member fields a branch may keep itself, dated, on a document of its superior.';
COMMENT ON COLUMN field_delegation.id IS 'Key';
COMMENT ON COLUMN field_delegation.branch_id IS 'Delegated branch';
COMMENT ON COLUMN field_delegation.branch_code IS 'Delegated branch code: follows the branch';
COMMENT ON COLUMN field_delegation.field IS 'Field';
COMMENT ON COLUMN field_delegation.since IS 'From';
COMMENT ON COLUMN field_delegation.until IS 'To: the last day; empty while open';
COMMENT ON COLUMN field_delegation.document_id IS 'Document';
COMMENT ON COLUMN field_delegation.ver IS 'Version';
COMMENT ON CONSTRAINT delegated_field_is_no_key_field ON field_delegation IS 'Only education, telephones, address and the like can be delegated to a branch; key fields, name and status cannot.';
COMMENT ON CONSTRAINT field_delegation_ends_after_it_began ON field_delegation IS 'A delegation cannot end before it began.';
COMMENT ON CONSTRAINT field_delegation_follows_the_branch ON field_delegation IS 'The branch of the delegation must exist; its code follows by itself.';

CREATE TABLE report (
  id             bigint  GENERATED ALWAYS AS IDENTITY CONSTRAINT report_pkey PRIMARY KEY,
  kind           text    COLLATE "C" NOT NULL CONSTRAINT report_kind_fkey REFERENCES report_kind,
  member_id      bigint  CONSTRAINT report_member_id_fkey REFERENCES member,
  branch_id      bigint  NOT NULL,
  branch_code    text    COLLATE "C" NOT NULL,
  event_date     date    NOT NULL,
  began_by       text    COLLATE "C" CONSTRAINT report_began_by_fkey REFERENCES entry_reason,
  ended_by       text    COLLATE "C" CONSTRAINT report_ended_by_fkey REFERENCES exit_reason,
  items          jsonb   NOT NULL DEFAULT '{}' CONSTRAINT report_items_are_named CHECK (jsonb_typeof(items) = 'object'),
  facts          text    CONSTRAINT report_facts_read_well CHECK (is_tidy(facts) AND length(facts) <= 2000),
  document_id    bigint  CONSTRAINT report_document_id_fkey REFERENCES document,
  reported_on    date    NOT NULL DEFAULT current_date,
  by_branch      boolean NOT NULL DEFAULT false,
  state          text    COLLATE "C" NOT NULL DEFAULT 'reported' CONSTRAINT report_state_fkey REFERENCES report_state,
  answer         text    CONSTRAINT report_answer_reads_well CHECK (is_tidy(answer) AND length(answer) <= 500),
  paused_on      date,
  paused_days    int     NOT NULL DEFAULT 0,
  entry_from     date    NOT NULL,
  report_due     date    NOT NULL,
  entry_due      date    NOT NULL,
  is_provisional boolean NOT NULL DEFAULT false,
  entered_on     date,
  ver            int     NOT NULL DEFAULT 1,
  CONSTRAINT report_stands_with_the_branch FOREIGN KEY (branch_id, branch_code) REFERENCES organisation (id, code) ON UPDATE CASCADE,
  CONSTRAINT report_follows_the_event CHECK (event_date <= reported_on),
  CONSTRAINT report_is_entered_on_a_day CHECK ((entered_on IS NOT NULL) = (state IN ('entered', 'questioned'))),
  CONSTRAINT report_is_paused_on_a_day CHECK ((paused_on IS NOT NULL) = (state = 'paused')),
  CONSTRAINT report_is_returned_with_a_reason CHECK (state NOT IN ('returned', 'paused', 'questioned') OR answer IS NOT NULL)
);
CREATE INDEX report_by_branch ON report (branch_code, state, entry_due, id);
CREATE INDEX report_by_due ON report (state, entry_due, id);
CREATE INDEX report_of_member ON report (member_id, id);
CREATE INDEX report_of_document ON report (document_id);
CREATE UNIQUE INDEX a_matter_is_reported_once ON report (member_id, kind) WHERE state IN ('reported', 'accepted', 'paused', 'returned');
COMMENT ON TABLE  report IS 'Report: what happened to a member, from the branch to the committee that enters it.';
COMMENT ON COLUMN report.id IS 'Report number';
COMMENT ON COLUMN report.kind IS 'What happened';
COMMENT ON COLUMN report.member_id IS 'Member: empty until a new member is entered';
COMMENT ON COLUMN report.branch_id IS 'Branch';
COMMENT ON COLUMN report.branch_code IS 'Branch code: follows the branch';
COMMENT ON COLUMN report.event_date IS 'Date of the event';
COMMENT ON COLUMN report.began_by IS 'Reason of the addition';
COMMENT ON COLUMN report.ended_by IS 'Reason of the decrease';
COMMENT ON COLUMN report.items IS 'Changed items: what they become';
COMMENT ON COLUMN report.facts IS 'Facts: what happened, in a few sentences';
COMMENT ON COLUMN report.document_id IS 'Document';
COMMENT ON COLUMN report.reported_on IS 'Reported on: where the branch told it on paper or by telephone, the day it did';
COMMENT ON COLUMN report.by_branch IS 'Reported by the branch itself: otherwise the committee entered it for the branch';
COMMENT ON COLUMN report.state IS 'State';
COMMENT ON COLUMN report.answer IS 'Answer: why it was returned, paused or questioned';
COMMENT ON COLUMN report.paused_on IS 'Paused on';
COMMENT ON COLUMN report.paused_days IS 'Working days of earlier pauses';
COMMENT ON COLUMN report.entry_from IS 'Entry counts from: the day of the report, or of the last one after a return';
COMMENT ON COLUMN report.report_due IS 'Report due: the last day for the branch';
COMMENT ON COLUMN report.entry_due IS 'Entry due: the last day for the committee';
COMMENT ON COLUMN report.is_provisional IS 'Due date is provisional: the holidays of that year are not published yet';
COMMENT ON COLUMN report.entered_on IS 'Entered on';
COMMENT ON COLUMN report.ver IS 'Version';
COMMENT ON INDEX  a_matter_is_reported_once IS 'This matter is already reported for the member and not settled yet: open that report instead.';
COMMENT ON CONSTRAINT report_items_are_named ON report IS 'The changed items are given by their names.';
COMMENT ON CONSTRAINT report_facts_read_well ON report IS 'The facts must not carry blanks at their ends or be longer than 2000 characters.';
COMMENT ON CONSTRAINT report_answer_reads_well ON report IS 'The answer must not carry blanks at its ends or be longer than 500 characters.';
COMMENT ON CONSTRAINT report_stands_with_the_branch ON report IS 'The branch of the report must exist; its code follows by itself.';
COMMENT ON CONSTRAINT report_follows_the_event ON report IS 'The date of the event cannot lie after the day of the report.';
COMMENT ON CONSTRAINT report_is_entered_on_a_day ON report IS 'A report that was entered carries the day of its entry.';
COMMENT ON CONSTRAINT report_is_paused_on_a_day ON report IS 'A paused report carries the day of the pause.';
COMMENT ON CONSTRAINT report_is_returned_with_a_reason ON report IS 'Say in the answer why the report is returned, paused or questioned.';

CREATE TABLE rule_exception (
  id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT rule_exception_pkey PRIMARY KEY,
  subject        text   COLLATE "C" NOT NULL CONSTRAINT rule_exception_is_for_records CHECK (subject IN ('member', 'organisation', 'unit')),
  subject_id     bigint NOT NULL,
  rule           text   COLLATE "C" NOT NULL CONSTRAINT rule_exception_rule_fkey REFERENCES rule,
  value_hash     text   COLLATE "C" NOT NULL CONSTRAINT rule_exception_value_is_hashed CHECK (value_hash ~ '^[0-9a-f]{64}$'),
  document_id    bigint NOT NULL CONSTRAINT rule_exception_document_id_fkey REFERENCES document,
  transaction_id bigint NOT NULL DEFAULT current_act() CONSTRAINT rule_exception_transaction_id_fkey REFERENCES transaction,
  CONSTRAINT rule_exception_is_made_once UNIQUE (subject, subject_id, rule, value_hash)
);
COMMENT ON TABLE  rule_exception IS 'Confirmed exception: a document says that these very values are right although they break a rule. It ends when a value changes.';
COMMENT ON COLUMN rule_exception.id IS 'Key';
COMMENT ON COLUMN rule_exception.subject IS 'Kind of record';
COMMENT ON COLUMN rule_exception.subject_id IS 'Record';
COMMENT ON COLUMN rule_exception.rule IS 'Rule';
COMMENT ON COLUMN rule_exception.value_hash IS 'Digest of the values that the rule looks at';
COMMENT ON COLUMN rule_exception.document_id IS 'Document';
COMMENT ON COLUMN rule_exception.transaction_id IS 'Act';
COMMENT ON CONSTRAINT rule_exception_is_for_records ON rule_exception IS 'Exceptions are made for members, organisations and units.';
COMMENT ON CONSTRAINT rule_exception_value_is_hashed ON rule_exception IS 'The digest of the values is 64 hexadecimal digits.';
COMMENT ON CONSTRAINT rule_exception_is_made_once ON rule_exception IS 'This exception is already on record.';

-- ====================================================================================================================
-- 7  change orders
-- ====================================================================================================================

-- Organisations change by order. What an order will do is its plan, made of the registry as it stands; applying writes the
-- plan in one act, which the order then names. Nothing else changes the structure (chapter 10).

CREATE TABLE change_order (
  id              bigint  GENERATED ALWAYS AS IDENTITY CONSTRAINT change_order_pkey PRIMARY KEY,
  kind            text    COLLATE "C" NOT NULL CONSTRAINT change_order_kind_fkey REFERENCES change_kind,
  organisation_id bigint  CONSTRAINT change_order_organisation_id_fkey REFERENCES organisation,
  superior_id     bigint  CONSTRAINT change_order_superior_id_fkey REFERENCES organisation,
  items           jsonb   NOT NULL DEFAULT '{}' CONSTRAINT order_items_are_named CHECK (jsonb_typeof(items) = 'object'),
  document_id     bigint  NOT NULL CONSTRAINT change_order_document_id_fkey REFERENCES document,
  effective_on    date    NOT NULL,
  remark          text    CONSTRAINT order_remark_reads_well CHECK (is_tidy(remark) AND length(remark) <= 500),
  undoes          bigint  CONSTRAINT change_order_undoes_fkey REFERENCES change_order,
  state           text    COLLATE "C" NOT NULL DEFAULT 'draft' CONSTRAINT change_order_state_fkey REFERENCES order_state,
  applied_on      date,
  applied_in      bigint  CONSTRAINT change_order_applied_in_fkey REFERENCES transaction CONSTRAINT an_act_applies_one_order UNIQUE,
  entry_due       date    NOT NULL,
  is_provisional  boolean NOT NULL DEFAULT false,
  maker_id        bigint  NOT NULL,
  maker_code      text    COLLATE "C" NOT NULL,
  ver             int     NOT NULL DEFAULT 1,
  CONSTRAINT change_order_stands_with_its_maker FOREIGN KEY (maker_id, maker_code) REFERENCES organisation (id, code) ON UPDATE CASCADE,
  CONSTRAINT an_order_names_what_it_is_about CHECK ((kind = 'establish' OR organisation_id IS NOT NULL) AND (kind IN ('establish', 'move')) = (superior_id IS NOT NULL)),
  CONSTRAINT an_undoing_order_names_the_undone CHECK ((kind = 'undo') = (undoes IS NOT NULL)),
  CONSTRAINT an_order_is_applied_on_a_day CHECK ((state IN ('applied', 'undone')) = (applied_on IS NOT NULL) AND (applied_on IS NULL) = (applied_in IS NULL))
);
CREATE INDEX change_order_by_maker ON change_order (maker_code, state, entry_due, id);
CREATE INDEX change_order_of_organisation ON change_order (organisation_id, id);
CREATE INDEX change_order_of_superior ON change_order (superior_id);
CREATE INDEX change_order_of_document ON change_order (document_id);
CREATE INDEX open_move ON change_order (organisation_id) WHERE kind = 'move' AND state = 'draft';
CREATE UNIQUE INDEX an_order_is_undone_once ON change_order (undoes) WHERE state <> 'withdrawn';
COMMENT ON TABLE  change_order IS 'Change order: what happens to an organisation, on which document and from which day.';
COMMENT ON COLUMN change_order.id IS 'Order number';
COMMENT ON COLUMN change_order.kind IS 'Kind of change';
COMMENT ON COLUMN change_order.organisation_id IS 'Organisation: the one kept by a merger, split, moved, abolished or changed; a new one once it is established';
COMMENT ON COLUMN change_order.superior_id IS 'Superior organisation: under which one is established or moved';
COMMENT ON COLUMN change_order.items IS 'Changed items: what they become';
COMMENT ON COLUMN change_order.document_id IS 'Document';
COMMENT ON COLUMN change_order.effective_on IS 'Takes effect on: may lie ahead or back';
COMMENT ON COLUMN change_order.remark IS 'Remark';
COMMENT ON COLUMN change_order.undoes IS 'Takes back the order';
COMMENT ON COLUMN change_order.state IS 'State';
COMMENT ON COLUMN change_order.applied_on IS 'Applied on';
COMMENT ON COLUMN change_order.applied_in IS 'Applied by the act';
COMMENT ON COLUMN change_order.entry_due IS 'Due: the last day for the entry, in working days from the date of the document';
COMMENT ON COLUMN change_order.is_provisional IS 'Due date is provisional: the holidays of that year are not published yet';
COMMENT ON COLUMN change_order.maker_id IS 'Made by: the organisation whose post makes the order';
COMMENT ON COLUMN change_order.maker_code IS 'Code of the maker: follows the organisation';
COMMENT ON COLUMN change_order.ver IS 'Version';
COMMENT ON CONSTRAINT order_items_are_named ON change_order IS 'The changed items are given by their names.';
COMMENT ON CONSTRAINT order_remark_reads_well ON change_order IS 'The remark must not carry blanks at its ends or be longer than 500 characters.';
COMMENT ON CONSTRAINT an_act_applies_one_order ON change_order IS 'One act applies one order.';
COMMENT ON CONSTRAINT change_order_stands_with_its_maker ON change_order IS 'The organisation that makes the order must exist; its code follows by itself.';
COMMENT ON CONSTRAINT an_order_names_what_it_is_about ON change_order IS 'Choose the organisation that the order is about and, to establish or move one, the superior under which it will stand.';
COMMENT ON CONSTRAINT an_undoing_order_names_the_undone ON change_order IS 'An order that takes another one back names it, and no other order does.';
COMMENT ON CONSTRAINT an_order_is_applied_on_a_day ON change_order IS 'An applied order carries the day and the act that applied it.';
COMMENT ON INDEX an_order_is_undone_once IS 'This order is already being taken back by another one: open that order instead.';

CREATE TABLE change_line (
  id              bigint  GENERATED ALWAYS AS IDENTITY CONSTRAINT change_line_pkey PRIMARY KEY,
  order_id        bigint  NOT NULL CONSTRAINT change_line_order_id_fkey REFERENCES change_order,
  role            text    COLLATE "C" NOT NULL CONSTRAINT line_role_is_known CHECK (role IN ('new', 'joins')),
  organisation_id bigint  CONSTRAINT change_line_organisation_id_fkey REFERENCES organisation,
  items           jsonb   NOT NULL DEFAULT '{}' CONSTRAINT line_items_are_named CHECK (jsonb_typeof(items) = 'object'),
  unit            jsonb   NOT NULL DEFAULT '{}' CONSTRAINT line_unit_items_are_named CHECK (jsonb_typeof(unit) = 'object'),
  dropped         boolean NOT NULL DEFAULT false,
  ver             int     NOT NULL DEFAULT 1,
  CONSTRAINT change_line_of_its_order UNIQUE (order_id, id),
  CONSTRAINT what_joins_is_there_already CHECK (role = 'new' OR (organisation_id IS NOT NULL AND items = '{}' AND unit = '{}'))
);
CREATE INDEX change_line_of_order ON change_line (order_id, id);
CREATE UNIQUE INDEX an_organisation_joins_once ON change_line (order_id, organisation_id) WHERE NOT dropped;
CREATE INDEX change_line_of_organisation ON change_line (organisation_id);
COMMENT ON TABLE  change_line IS 'Line of a change order: an organisation that it makes, or that joins another.';
COMMENT ON COLUMN change_line.id IS 'Key';
COMMENT ON COLUMN change_line.order_id IS 'Order';
COMMENT ON COLUMN change_line.role IS 'Role: new, or joins the one that is kept';
COMMENT ON COLUMN change_line.organisation_id IS 'Organisation: a new one once the order is applied';
COMMENT ON COLUMN change_line.items IS 'Items of the new organisation';
COMMENT ON COLUMN change_line.unit IS 'Items of its unit';
COMMENT ON COLUMN change_line.dropped IS 'Dropped: taken out of the order while it was a draft';
COMMENT ON COLUMN change_line.ver IS 'Version';
COMMENT ON CONSTRAINT line_role_is_known ON change_line IS 'A line of an order makes an organisation, or lets one join another.';
COMMENT ON CONSTRAINT line_items_are_named ON change_line IS 'The items of the new organisation are given by their names.';
COMMENT ON CONSTRAINT line_unit_items_are_named ON change_line IS 'The items of the unit are given by their names.';
COMMENT ON CONSTRAINT change_line_of_its_order ON change_line IS 'Target of the keys that point to a line of the same order.';
COMMENT ON CONSTRAINT what_joins_is_there_already ON change_line IS 'Choose the organisation that joins; its items stay as they are.';
COMMENT ON INDEX an_organisation_joins_once IS 'This organisation stands in the order twice.';

CREATE TABLE change_account (
  id         bigint  GENERATED ALWAYS AS IDENTITY CONSTRAINT change_account_pkey PRIMARY KEY,
  order_id   bigint  NOT NULL CONSTRAINT change_account_order_id_fkey REFERENCES change_order,
  line_id    bigint,
  login      text    COLLATE "C" NOT NULL CONSTRAINT ordered_login_is_plain CHECK (login ~ '^[a-z0-9][a-z0-9._-]{1,39}$'),
  name       text    NOT NULL CONSTRAINT ordered_account_name_reads_well CHECK (is_tidy(name) AND length(name) <= 60),
  dropped    boolean NOT NULL DEFAULT false,
  ver        int     NOT NULL DEFAULT 1,
  CONSTRAINT change_account_line_fkey FOREIGN KEY (order_id, line_id) REFERENCES change_line (order_id, id)
);
CREATE INDEX change_account_of_order ON change_account (order_id, id);
CREATE UNIQUE INDEX an_order_opens_a_login_once ON change_account (order_id, login) WHERE NOT dropped;
COMMENT ON TABLE  change_account IS 'Account that a change order opens, with the post at the organisation of its line.';
COMMENT ON COLUMN change_account.id IS 'Key';
COMMENT ON COLUMN change_account.order_id IS 'Order';
COMMENT ON COLUMN change_account.line_id IS 'Line: the new organisation; empty for the one that the order is about';
COMMENT ON COLUMN change_account.login IS 'Login: small letters, digits, dot, dash';
COMMENT ON COLUMN change_account.name IS 'Name of the holder';
COMMENT ON COLUMN change_account.dropped IS 'Dropped: taken out of the order while it was a draft';
COMMENT ON COLUMN change_account.ver IS 'Version';
COMMENT ON CONSTRAINT ordered_login_is_plain ON change_account IS 'A login has 2 to 40 characters: small letters, digits, dot, dash or underscore, and begins with a letter or digit.';
COMMENT ON CONSTRAINT ordered_account_name_reads_well ON change_account IS 'The holder''s name must not be blank, carry blanks at its ends or be longer than 60 characters.';
COMMENT ON CONSTRAINT change_account_line_fkey ON change_account IS 'The account stands at a line of the same order.';
COMMENT ON INDEX an_order_opens_a_login_once IS 'The order opens this login twice; choose another one.';

CREATE TABLE change_place (
  order_id       bigint NOT NULL CONSTRAINT change_place_order_id_fkey REFERENCES change_order,
  member_id      bigint NOT NULL CONSTRAINT change_place_member_id_fkey REFERENCES member,
  line_id        bigint,
  transaction_id bigint NOT NULL DEFAULT current_act() CONSTRAINT change_place_transaction_id_fkey REFERENCES transaction,
  CONSTRAINT change_place_pkey PRIMARY KEY (order_id, member_id),
  CONSTRAINT change_place_line_fkey FOREIGN KEY (order_id, line_id) REFERENCES change_line (order_id, id)
);
CREATE INDEX change_place_of_member ON change_place (member_id);
COMMENT ON TABLE  change_place IS 'Where a member will stand after a split or an upgrade; a working list of the draft.';
COMMENT ON COLUMN change_place.order_id IS 'Order';
COMMENT ON COLUMN change_place.member_id IS 'Member';
COMMENT ON COLUMN change_place.line_id IS 'Line: the new organisation; empty for whoever stays';
COMMENT ON COLUMN change_place.transaction_id IS 'Placed by the act';
COMMENT ON CONSTRAINT change_place_line_fkey ON change_place IS 'A member goes to a new organisation of the same order, or stays.';

CREATE TABLE change_plan (
  id             bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT change_plan_pkey PRIMARY KEY,
  order_id       bigint      NOT NULL CONSTRAINT change_plan_order_id_fkey REFERENCES change_order,
  plan           jsonb       NOT NULL,
  planned_at     timestamptz NOT NULL DEFAULT now(),
  transaction_id bigint      NOT NULL DEFAULT current_act() CONSTRAINT change_plan_transaction_id_fkey REFERENCES transaction
);
CREATE INDEX change_plan_of_order ON change_plan (order_id, id);
COMMENT ON TABLE  change_plan IS 'Plan of a change order as it was previewed: the newest one is what may be applied.';
COMMENT ON COLUMN change_plan.id IS 'Key';
COMMENT ON COLUMN change_plan.order_id IS 'Order';
COMMENT ON COLUMN change_plan.plan IS 'Plan';
COMMENT ON COLUMN change_plan.planned_at IS 'Previewed at';
COMMENT ON COLUMN change_plan.transaction_id IS 'Previewed by the act';

CREATE TABLE change_paper (
  id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT change_paper_pkey PRIMARY KEY,
  order_id       bigint NOT NULL CONSTRAINT change_paper_order_id_fkey REFERENCES change_order,
  document_id    bigint NOT NULL CONSTRAINT change_paper_document_id_fkey REFERENCES document,
  transaction_id bigint NOT NULL DEFAULT current_act() CONSTRAINT change_paper_transaction_id_fkey REFERENCES transaction,
  CONSTRAINT a_paper_is_added_once UNIQUE (order_id, document_id)
);
CREATE INDEX change_paper_of_document ON change_paper (document_id);
COMMENT ON TABLE  change_paper IS 'Further document of a change order, beside the one that it rests on.';
COMMENT ON COLUMN change_paper.id IS 'Key';
COMMENT ON COLUMN change_paper.order_id IS 'Order';
COMMENT ON COLUMN change_paper.document_id IS 'Document';
COMMENT ON COLUMN change_paper.transaction_id IS 'Added by the act';
COMMENT ON CONSTRAINT a_paper_is_added_once ON change_paper IS 'This document belongs to the order already.';

CREATE TABLE organisation_term (
  id                bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT organisation_term_pkey PRIMARY KEY,
  organisation_id   bigint NOT NULL,
  organisation_code text   COLLATE "C" NOT NULL,
  began             date   NOT NULL,
  ends              date   NOT NULL CONSTRAINT a_term_ends_after_it_began CHECK (ends > began),
  secretary         text   CONSTRAINT term_secretary_reads_well CHECK (is_tidy(secretary) AND length(secretary) <= 60),
  committee         text   CONSTRAINT term_committee_reads_well CHECK (is_tidy(committee) AND length(committee) <= 300),
  entitled          int    CONSTRAINT a_vote_has_voters CHECK (entitled BETWEEN 1 AND 100000),
  present           int    CONSTRAINT a_vote_has_a_quorum CHECK (present <= entitled AND present * 5 >= entitled * 4),
  dropped           boolean NOT NULL DEFAULT false,
  ver               int    NOT NULL DEFAULT 1,
  CONSTRAINT organisation_term_stands_with_its_organisation FOREIGN KEY (organisation_id, organisation_code) REFERENCES organisation (id, code) ON UPDATE CASCADE
);
CREATE INDEX organisation_term_by_organisation ON organisation_term (organisation_code, began);
CREATE INDEX organisation_term_of_organisation ON organisation_term (organisation_id, began);
COMMENT ON TABLE  organisation_term IS 'Term of office of an organisation''s committee, as the order of its election says.';
COMMENT ON COLUMN organisation_term.id IS 'Key';
COMMENT ON COLUMN organisation_term.organisation_id IS 'Organisation';
COMMENT ON COLUMN organisation_term.organisation_code IS 'Organisation code: follows the organisation';
COMMENT ON COLUMN organisation_term.began IS 'Elected on';
COMMENT ON COLUMN organisation_term.ends IS 'Term ends on';
COMMENT ON COLUMN organisation_term.secretary IS 'Secretary elected';
COMMENT ON COLUMN organisation_term.committee IS 'Members of the committee';
COMMENT ON COLUMN organisation_term.entitled IS 'Entitled to vote';
COMMENT ON COLUMN organisation_term.present IS 'Present';
COMMENT ON COLUMN organisation_term.dropped IS 'Taken back: with the order that entered it';
COMMENT ON COLUMN organisation_term.ver IS 'Version';
COMMENT ON CONSTRAINT a_term_ends_after_it_began ON organisation_term IS 'A term of office ends after the day of the election.';
COMMENT ON CONSTRAINT term_secretary_reads_well ON organisation_term IS 'The secretary''s name must not carry blanks at its ends or be longer than 60 characters.';
COMMENT ON CONSTRAINT term_committee_reads_well ON organisation_term IS 'The members of the committee must not carry blanks at their ends or be longer than 300 characters.';
COMMENT ON CONSTRAINT a_vote_has_voters ON organisation_term IS 'The number of those entitled to vote lies between 1 and 100,000.';
COMMENT ON CONSTRAINT a_vote_has_a_quorum ON organisation_term IS 'An election needs four fifths of those entitled to vote, and no more than all can be present.';
COMMENT ON CONSTRAINT organisation_term_stands_with_its_organisation ON organisation_term IS 'The organisation of the term must exist; its code follows by itself.';

-- ====================================================================================================================
-- 9  exchange
-- ====================================================================================================================

CREATE TABLE export_ledger (
  id              bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT export_ledger_pkey PRIMARY KEY,
  exported_at     timestamptz NOT NULL DEFAULT now(),
  account_id      bigint      NOT NULL DEFAULT acting_account() CONSTRAINT export_ledger_account_id_fkey REFERENCES account,
  post_id         bigint      NOT NULL DEFAULT acting_post() CONSTRAINT export_ledger_post_id_fkey REFERENCES post,
  organisation_id bigint      NOT NULL CONSTRAINT export_ledger_organisation_id_fkey REFERENCES organisation,
  purpose         text        NOT NULL CONSTRAINT export_has_a_purpose CHECK (is_tidy(purpose) AND length(purpose) BETWEEN 2 AND 200),
  subject         text        NOT NULL,
  columns         text[]      NOT NULL,
  filters         text[]      NOT NULL DEFAULT '{}',
  full_numbers    boolean     NOT NULL,
  way             text        NOT NULL CONSTRAINT export_way_is_known CHECK (way IN ('screen', 'print', 'command line')),
  rows            int         CONSTRAINT export_counts_its_rows CHECK (rows >= 0),
  sha256          text        COLLATE "C" CONSTRAINT export_digest_is_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT export_is_completed_whole CHECK ((rows IS NULL) = (sha256 IS NULL))
);
CREATE INDEX export_ledger_of_organisation ON export_ledger (organisation_id);
CREATE INDEX export_ledger_by_digest ON export_ledger (sha256);
COMMENT ON TABLE  export_ledger IS 'Export ledger: each file that left the registry, with its purpose and digest; written before the first byte leaves, completed before the last.';
COMMENT ON COLUMN export_ledger.id IS 'Ledger number';
COMMENT ON COLUMN export_ledger.exported_at IS 'Exported at';
COMMENT ON COLUMN export_ledger.account_id IS 'Account';
COMMENT ON COLUMN export_ledger.post_id IS 'Post';
COMMENT ON COLUMN export_ledger.organisation_id IS 'Organisation: the top of the exported subtree';
COMMENT ON COLUMN export_ledger.purpose IS 'Purpose';
COMMENT ON COLUMN export_ledger.subject IS 'What was exported';
COMMENT ON COLUMN export_ledger.columns IS 'Columns';
COMMENT ON COLUMN export_ledger.filters IS 'Filters: in the words of the screen; none for the whole subtree';
COMMENT ON COLUMN export_ledger.full_numbers IS 'With full ID numbers';
COMMENT ON COLUMN export_ledger.rows IS 'Rows: unknown until the file is whole';
COMMENT ON COLUMN export_ledger.sha256 IS 'Digest: SHA-256 of the file; unknown until it is whole';
COMMENT ON COLUMN export_ledger.way IS 'Way: screen or command line; the command line needs no second person';
COMMENT ON CONSTRAINT export_has_a_purpose ON export_ledger IS 'An export needs its purpose: 2 to 200 characters without blanks at their ends.';
COMMENT ON CONSTRAINT export_counts_its_rows ON export_ledger IS 'An export cannot have fewer than 0 rows.';
COMMENT ON CONSTRAINT export_digest_is_sha256 ON export_ledger IS 'The digest of a file is 64 hexadecimal digits.';
COMMENT ON CONSTRAINT export_is_completed_whole ON export_ledger IS 'The rows and the digest of an exported file are known together, when the file is whole.';
COMMENT ON CONSTRAINT export_way_is_known ON export_ledger IS 'An export leaves by the screen, on paper or by the command line.';

CREATE TABLE job (
  id             bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT job_pkey PRIMARY KEY,
  kind           text        COLLATE "C" NOT NULL CONSTRAINT job_kind_is_known CHECK (kind IN ('import check', 'import', 'change order')),
  plan_id        bigint      CONSTRAINT job_plan_id_fkey REFERENCES change_plan,
  account_id     bigint      NOT NULL DEFAULT acting_account() CONSTRAINT job_account_id_fkey REFERENCES account,
  post_id        bigint      NOT NULL DEFAULT acting_post() CONSTRAINT job_post_id_fkey REFERENCES post,
  transaction_id bigint      NOT NULL DEFAULT current_act() CONSTRAINT job_transaction_id_fkey REFERENCES transaction,
  language       text        COLLATE "C" NOT NULL,
  asked_at       timestamptz NOT NULL DEFAULT now(),
  file_name      text        NOT NULL CONSTRAINT job_file_name_reads_well CHECK (is_tidy(file_name) AND length(file_name) <= 200),
  sha256         text        COLLATE "C" NOT NULL CONSTRAINT job_digest_is_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  file_in        bytea       CONSTRAINT job_takes_at_most_20_mb CHECK (length(file_in) BETWEEN 1 AND 20971520),
  state          text        COLLATE "C" NOT NULL DEFAULT 'queued' CONSTRAINT job_state_is_known CHECK (state IN ('queued', 'running', 'done', 'failed', 'refused')),
  stage          text        COLLATE "C",
  done           int         NOT NULL DEFAULT 0,
  total          int         NOT NULL DEFAULT 0,
  attempts       int         NOT NULL DEFAULT 0 CONSTRAINT job_is_tried_twice_at_most CHECK (attempts BETWEEN 0 AND 2),
  started_at     timestamptz,
  heartbeat      timestamptz,
  ended_at       timestamptz,
  rows_read      int,
  rows_accepted  int,
  rows_refused   int,
  result         jsonb,
  sentence       text,
  file_out       bytea,
  handled_at     timestamptz,
  emptied_at     timestamptz,
  CONSTRAINT job_says_why_it_was_refused CHECK ((state = 'refused') = (sentence IS NOT NULL)),
  CONSTRAINT job_of_an_order_has_its_plan CHECK ((kind = 'change order') = (plan_id IS NOT NULL))
);
-- Both are compressed already, and are read in slices.
ALTER TABLE job ALTER COLUMN file_in SET STORAGE EXTERNAL, ALTER COLUMN file_out SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX job_is_asked_once ON job (account_id, post_id, sha256) WHERE state IN ('queued', 'running');
CREATE INDEX job_of_account ON job (account_id, post_id, id);
CREATE INDEX job_of_plan ON job (plan_id);
CREATE INDEX job_that_waits ON job (id) WHERE state IN ('queued', 'running');
CREATE INDEX job_to_be_emptied ON job (ended_at) WHERE emptied_at IS NULL;
COMMENT ON TABLE  job IS 'Job: long work that a worker does for a person, outside the web server; read by that person in that post alone.';
COMMENT ON COLUMN job.id IS 'Key';
COMMENT ON COLUMN job.kind IS 'Kind of job: a check is the same load, undone at its end';
COMMENT ON COLUMN job.plan_id IS 'Plan: the preview of the change order that is put in force';
COMMENT ON COLUMN job.account_id IS 'Account';
COMMENT ON COLUMN job.post_id IS 'Post';
COMMENT ON COLUMN job.transaction_id IS 'Act: that asked for it';
COMMENT ON COLUMN job.language IS 'Language: of its sentences';
COMMENT ON COLUMN job.asked_at IS 'Uploaded at';
COMMENT ON COLUMN job.file_name IS 'File name';
COMMENT ON COLUMN job.sha256 IS 'Digest: SHA-256 of the file';
COMMENT ON COLUMN job.file_in IS 'Workbook: as it was uploaded; emptied once it is filed as a document or no longer needed';
COMMENT ON COLUMN job.state IS 'State';
COMMENT ON COLUMN job.stage IS 'Stage';
COMMENT ON COLUMN job.done IS 'Amount done: of this stage';
COMMENT ON COLUMN job.total IS 'Whole amount: of this stage; 0 where it cannot be known';
COMMENT ON COLUMN job.attempts IS 'Attempts';
COMMENT ON COLUMN job.started_at IS 'Started at';
COMMENT ON COLUMN job.heartbeat IS 'Last sign of life: of the worker';
COMMENT ON COLUMN job.ended_at IS 'Ended at';
COMMENT ON COLUMN job.rows_read IS 'Rows read';
COMMENT ON COLUMN job.rows_accepted IS 'Rows accepted';
COMMENT ON COLUMN job.rows_refused IS 'Rows refused';
COMMENT ON COLUMN job.result IS 'Result: what was read and refused; numbers of people are masked';
COMMENT ON COLUMN job.sentence IS 'Why refused';
COMMENT ON COLUMN job.file_out IS 'Answered workbook';
COMMENT ON COLUMN job.handled_at IS 'Dealt with at: by the person; it waits no longer';
COMMENT ON COLUMN job.emptied_at IS 'Emptied at: 30 days after it ended the files and the refused rows go';
COMMENT ON CONSTRAINT job_kind_is_known ON job IS 'Workers know a fixed list of jobs.';
COMMENT ON CONSTRAINT job_file_name_reads_well ON job IS 'The file name must not carry blanks at its ends or be longer than 200 characters.';
COMMENT ON CONSTRAINT job_digest_is_sha256 ON job IS 'The digest of a file is 64 hexadecimal digits.';
COMMENT ON CONSTRAINT job_takes_at_most_20_mb ON job IS 'The workbook must not be empty or larger than 20 MB.';
COMMENT ON CONSTRAINT job_state_is_known ON job IS 'A job is queued, running, done, failed or refused.';
COMMENT ON CONSTRAINT job_is_tried_twice_at_most ON job IS 'A job is tried twice at most.';
COMMENT ON CONSTRAINT job_says_why_it_was_refused ON job IS 'A refused job says why, and no other does.';
COMMENT ON CONSTRAINT job_of_an_order_has_its_plan ON job IS 'A job that puts a change order in force names the plan that was looked at, and no other job does.';
COMMENT ON INDEX job_is_asked_once IS 'This very workbook is being worked on already.';

CREATE FUNCTION announce_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('job', '');
  RETURN NULL;
END $$;
COMMENT ON FUNCTION announce_job() IS 'Trigger: wakes the workers.';
CREATE TRIGGER workers_are_woken AFTER INSERT OR UPDATE ON job FOR EACH ROW WHEN (NEW.state = 'queued') EXECUTE FUNCTION announce_job();
COMMENT ON TRIGGER workers_are_woken ON job IS 'Wakes the workers when a job begins to wait.';

-- ====================================================================================================================
-- 10  rules across tables
-- ====================================================================================================================

-- The error rules of the look-back, one immutable function each: true or false, never NULL, no clock (today is an
-- argument). The first argument is the field to point at. Callers: the row trigger, the look-back, the import check.

CREATE FUNCTION rule_m01(full_date date, join_date date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(probation_months(join_date) = 0 OR full_date >= add_months(join_date, probation_months(join_date)) OR is_near_era_border(join_date), true);
COMMENT ON FUNCTION rule_m01(date, date) IS 'The probation is shorter than the era of joining demands: check the conversion date against the archive.';

CREATE FUNCTION rule_m02(full_date date, join_date date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(NOT had_no_probation(join_date) OR full_date = join_date OR is_near_era_border(join_date), true);
COMMENT ON FUNCTION rule_m02(date, date) IS 'The person joined in an era without probation, so the conversion date must equal the joining date.';

CREATE FUNCTION rule_m04(sex text, id_number text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(sex NOT IN ('1', '2') OR sex = id_number_sex(id_number), true);
COMMENT ON FUNCTION rule_m04(text, text) IS 'The sex does not match the 17th digit of the ID number (odd is male, even is female): correct one of them, or confirm with a document.';

CREATE FUNCTION rule_m05(id_number text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(id_number ~ '^([0-9]{17}[0-9X]|[0-9]{15})$', true);
COMMENT ON FUNCTION rule_m05(text) IS 'An ID number has 18 characters: 17 digits and a digit or X.';

CREATE FUNCTION rule_m06(id_number text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(CASE WHEN id_number ~ '^[0-9]{17}[0-9X]$' THEN right(id_number, 1) = id_number_check_character(left(id_number, 17)) END, true);
COMMENT ON FUNCTION rule_m06(text) IS 'The last character of the ID number does not fit the other 17: a digit was mistyped.';

CREATE FUNCTION rule_m07(id_number text, today date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(CASE WHEN rule_m05(id_number) AND id_number IS NOT NULL
  THEN coalesce(id_number_birth(id_number) BETWEEN '1900-01-01' AND today, false) END, true);
COMMENT ON FUNCTION rule_m07(text, date) IS 'The ID number holds no possible birth date (digits 7 to 14).';

CREATE FUNCTION rule_m08(id_number text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(CASE WHEN rule_m05(id_number) THEN left(id_number, 2) IN (
  '11','12','13','14','15', '21','22','23', '31','32','33','34','35','36','37', '41','42','43','44','45','46',
  '50','51','52','53','54', '61','62','63','64','65', '71') END, true);
COMMENT ON FUNCTION rule_m08(text) IS 'The ID number begins with a province that does not exist.';

CREATE FUNCTION rule_m09(id_number text, today date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(NOT (id_number ~ '^[0-9]{15}$' AND today >= '2013-01-01'), true);
COMMENT ON FUNCTION rule_m09(text, date) IS '15-digit ID numbers ended on 1 January 2013: enter the number of 18 characters.';

CREATE FUNCTION is_missing(value text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN value IS NULL OR value IN ('无', '—', '-', '－', '不详', '0');
COMMENT ON FUNCTION is_missing(text) IS 'Whether a text is empty or one of the signs people write for "none".';

CREATE FUNCTION rule_m14(name text, sex text, ethnicity text, id_number text, birth_date date, education text, person_type text,
  join_date date, job_post text, address text, status text, mobile text, landline text, lost boolean) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(lost, false) OR NOT (is_missing(name) OR coalesce(sex, '0') NOT IN ('1', '2') OR ethnicity IS NULL OR is_missing(id_number) OR birth_date IS NULL
  OR birth_date = '1900-01-01' OR education IS NULL OR person_type IS NULL OR join_date IS NULL OR join_date = '1900-01-01'
  OR job_post IS NULL OR is_missing(address) OR status IS NULL OR (is_missing(mobile) AND is_missing(landline)));
COMMENT ON FUNCTION rule_m14(text, text, text, text, date, text, text, date, text, text, text, text, text, boolean) IS 'A mandatory item is missing: name, sex, ethnic group, ID number, birth date, education, type, joining date, job, address, status, and one telephone.';

CREATE FUNCTION rule_m15(join_date date, birth_date date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(join_date < '1945-06-11' OR join_date >= add_months(birth_date, 12 * 18), true);
COMMENT ON FUNCTION rule_m15(date, date) IS 'The person was under 18 on the joining date: one of the two dates is wrong.';

CREATE FUNCTION rule_m16(join_date date, today date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(join_date BETWEEN '1921-07-01' AND today, true);
COMMENT ON FUNCTION rule_m16(date, date) IS 'The joining date lies before 1 July 1921 or in the future.';

CREATE FUNCTION rule_m17(full_date date, join_date date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(full_date >= join_date, true);
COMMENT ON FUNCTION rule_m17(date, date) IS 'The conversion date lies before the joining date.';

CREATE FUNCTION rule_m18(full_date date, person_type text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(person_type <> '1', true) OR full_date IS NOT NULL;
COMMENT ON FUNCTION rule_m18(date, text) IS 'A full member needs a conversion date.';

CREATE FUNCTION rule_m19(full_date date, person_type text, today date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(NOT (person_type = '2' AND full_date <= today), true);
COMMENT ON FUNCTION rule_m19(date, text, date) IS 'A probationary member has no conversion date: register the conversion, or remove the date.';

CREATE FUNCTION rule_m22(birth_date date, today date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(birth_date >= '1900-01-01' AND birth_date <= add_months(today, -12 * 18), true);
COMMENT ON FUNCTION rule_m22(date, date) IS 'The birth date lies before 1900, or the person is not yet 18.';

CREATE FUNCTION rule_m23(mobile text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN is_missing(mobile) OR mobile ~ '^1[3-9][0-9]{9}$';
COMMENT ON FUNCTION rule_m23(text) IS 'A mobile number has 11 digits and begins with 13 to 19; put another number into the landline field.';

CREATE FUNCTION rule_m26(name text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN is_missing(name) OR name ~ '^[\u3400-\u9fff\U00020000-\U000323af]{2,}(·[\u3400-\u9fff\U00020000-\U000323af]+)*$';
COMMENT ON FUNCTION rule_m26(text) IS 'A name is at least two Chinese characters, with · between the parts; no blanks, digits or Latin letters.';

CREATE FUNCTION rule_m30(destination text, is_mobile boolean) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN NOT coalesce(is_mobile, false) OR destination IS NOT NULL;
COMMENT ON FUNCTION rule_m30(text, boolean) IS 'A mobile member needs the region of destination.';

CREATE FUNCTION rule_m33(full_date date, birth_date date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(full_date >= add_months(birth_date, 12 * 18), true);
COMMENT ON FUNCTION rule_m33(date, date) IS 'The person was under 18 on the conversion date: one of the two dates is wrong.';

-- One fault for each item, so that a stock record can be completed item by item. It stands apart because PostgreSQL inlines
-- no function with a subquery: with this one inside, member_faults took nine times as long.
CREATE FUNCTION missing_items(m member) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT ARRAY(SELECT 'M14|' || item FROM unnest(ARRAY['name', 'sex', 'ethnicity', 'id_number', 'birth_date', 'education', 'person_type', 'join_date', 'job_post', 'address', 'status', 'phone'],
    ARRAY[is_missing(m.name), coalesce(m.sex, '0') NOT IN ('1', '2'), m.ethnicity IS NULL, is_missing(m.id_number), coalesce(m.birth_date, '1900-01-01') = '1900-01-01', m.education IS NULL,
          m.person_type IS NULL, coalesce(m.join_date, '1900-01-01') = '1900-01-01', m.job_post IS NULL, is_missing(m.address), m.status IS NULL, is_missing(m.mobile) AND is_missing(m.landline)])
    WITH ORDINALITY AS lack(item, is_lacking, n) WHERE is_lacking ORDER BY n)
$$;
COMMENT ON FUNCTION missing_items(member) IS 'The mandatory items that a member row lacks, each as M14|item.';

CREATE FUNCTION member_faults(m member, today date) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  -- One simple expression, planned once in a session; a function in SQL would be started anew for each row.
  RETURN array_remove(ARRAY[
    CASE WHEN NOT rule_m01(m.full_date, m.join_date) THEN 'M01|' || concat_ws('|', m.full_date, m.join_date) END,
    CASE WHEN NOT rule_m02(m.full_date, m.join_date) THEN 'M02|' || concat_ws('|', m.full_date, m.join_date) END,
    CASE WHEN NOT rule_m04(m.sex, m.id_number) THEN 'M04|' || concat_ws('|', m.sex, m.id_number) END,
    CASE WHEN NOT rule_m05(m.id_number) THEN 'M05|' || m.id_number END,
    CASE WHEN NOT rule_m06(m.id_number) THEN 'M06|' || m.id_number END,
    CASE WHEN NOT rule_m07(m.id_number, today) THEN 'M07|' || m.id_number END,
    CASE WHEN NOT rule_m08(m.id_number) THEN 'M08|' || m.id_number END,
    CASE WHEN NOT rule_m09(m.id_number, today) THEN 'M09|' || m.id_number END
  ], NULL) || CASE WHEN rule_m14(m.name, m.sex, m.ethnicity, m.id_number, m.birth_date, m.education, m.person_type, m.join_date, m.job_post, m.address, m.status, m.mobile, m.landline, m.lost) THEN '{}'
    ELSE missing_items(m) END || array_remove(ARRAY[
    CASE WHEN NOT rule_m15(m.join_date, m.birth_date) THEN 'M15|' || concat_ws('|', m.join_date, m.birth_date) END,
    CASE WHEN NOT rule_m16(m.join_date, today) THEN 'M16|' || m.join_date END,
    CASE WHEN NOT rule_m17(m.full_date, m.join_date) THEN 'M17|' || concat_ws('|', m.full_date, m.join_date) END,
    CASE WHEN NOT rule_m18(m.full_date, m.person_type) THEN 'M18|' END,
    CASE WHEN NOT rule_m19(m.full_date, m.person_type, today) THEN 'M19|' || m.full_date END,
    CASE WHEN NOT rule_m22(m.birth_date, today) THEN 'M22|' || m.birth_date END,
    CASE WHEN NOT rule_m23(m.mobile) THEN 'M23|' || m.mobile END,
    CASE WHEN NOT rule_m26(m.name) THEN 'M26|' || m.name END,
    CASE WHEN NOT rule_m30(m.destination, m.is_mobile) THEN 'M30|' END,
    CASE WHEN NOT rule_m33(m.full_date, m.birth_date) THEN 'M33|' || concat_ws('|', m.full_date, m.birth_date) END
  ], NULL);
END $$;
COMMENT ON FUNCTION member_faults(member, date) IS 'The error rules that a member row breaks, each as RULE|values: a confirmed exception and the comparison with the row before hold for these very values.';

CREATE FUNCTION rule_o01(credit_code text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(credit_code_is_valid(credit_code), true);
COMMENT ON FUNCTION rule_o01(text) IS 'The unified social credit code is wrong: 18 characters without I, O, S, V, Z, the last one computed from the others.';

CREATE FUNCTION rule_o02(credit_code text, an_organisation_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN credit_code IS NULL OR NOT EXISTS (
  SELECT FROM unit JOIN organisation above ON above.id = unit.organisation_id JOIN organisation own ON own.id = an_organisation_id
   WHERE unit.credit_code = rule_o02.credit_code AND unit.ended IS NULL AND above.id <> own.id AND starts_with(own.code, above.code));
COMMENT ON FUNCTION rule_o02(text, bigint) IS 'A superior organisation already stands in the unit with this credit code: choose "same unit as the superior" instead.';

CREATE FUNCTION organisation_sits_where_it_may(kind text, superior_kind text) RETURNS boolean LANGUAGE sql STABLE
RETURN superior_kind IS NULL OR EXISTS (SELECT FROM organisation_placement p WHERE p.superior_kind = organisation_sits_where_it_may.superior_kind AND p.kind = organisation_sits_where_it_may.kind);
COMMENT ON FUNCTION organisation_sits_where_it_may(text, text) IS 'An organisation of this kind cannot stand under a superior of that kind: choose another superior or another kind.';

CREATE FUNCTION admission_is_for_committees(can_admit boolean, kind text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN NOT can_admit OR kind IN ('611', 'X60');
COMMENT ON FUNCTION admission_is_for_committees(boolean, text) IS 'Only a basic committee can have the authority to approve probationary members.';

CREATE FUNCTION organisation_names_its_unit(unit_situation text, units bigint) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(CASE unit_situation WHEN '1' THEN units = 0 WHEN '2' THEN units = 1 WHEN '3' THEN units >= 1 END, true);
COMMENT ON FUNCTION organisation_names_its_unit(text, bigint) IS 'The unit relation and the units do not agree: "same as the superior" has no unit of its own, "legal unit" has one, a joint branch has its several.';

CREATE FUNCTION organisation_faults(o organisation) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT array_remove(ARRAY[
    CASE WHEN o.ended IS NULL AND NOT organisation_sits_where_it_may(o.kind, (SELECT kind FROM organisation WHERE id = o.parent_id)) THEN 'organisation_sits_where_it_may|' || concat_ws('|', o.kind, o.parent_id) END,
    CASE WHEN NOT admission_is_for_committees(o.can_admit, o.kind) THEN 'admission_is_for_committees|' || o.kind END
  ], NULL)
$$;
COMMENT ON FUNCTION organisation_faults(organisation) IS 'The rules that an organisation row breaks, each as rule|values.';

CREATE FUNCTION unit_faults(u unit) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT array_remove(ARRAY[
    CASE WHEN NOT rule_o01(u.credit_code) THEN 'O01|' || u.credit_code END,
    CASE WHEN NOT rule_o02(u.credit_code, u.organisation_id) THEN 'O02|' || u.credit_code END,
    CASE WHEN u.ended IS NULL AND (SELECT unit_situation FROM organisation WHERE id = u.organisation_id) = '1' THEN 'organisation_names_its_unit|1' END
  ], NULL)
$$;
COMMENT ON FUNCTION unit_faults(unit) IS 'The rules that a unit row breaks, each as rule|values.';

-- Stock passes with the faults it came with; everything else keeps every rule -------------------------------------------

CREATE FUNCTION stock_comes_by_the_initial_load() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN installs() OR EXISTS (SELECT FROM transaction t JOIN document d ON d.id = t.document_id
  WHERE t.id = current_act() AND d.kind = 'workbook' AND holds('E1', 'W'));
COMMENT ON FUNCTION stock_comes_by_the_initial_load() IS 'Records with faults come in only by the initial load, an act of a post that may do it, whose document is the workbook.';

CREATE FUNCTION refuse_faults(subject text, subject_id bigint, faults text[]) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
  rule text := (SELECT CASE WHEN r ~ '^[A-Z][0-9]{2}$' THEN 'rule_' || lower(r) ELSE r END FROM split_part(faults[1], '|', 1) r);
BEGIN
  PERFORM refuse(rule, subject, (SELECT attname FROM pg_proc JOIN pg_attribute ON attname = proargnames[1] AND attrelid = subject::regclass
                                  WHERE proname = rule AND pronamespace = 'public'::regnamespace));
END $$;
COMMENT ON FUNCTION refuse_faults(text, bigint, text[]) IS 'Refuses a row for its first fault; the field to point at is the first argument of the rule, where the table has it.';

CREATE FUNCTION without_exceptions(a_subject text, a_subject_id bigint, faults text[]) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(fault ORDER BY n), '{}') FROM unnest(faults) WITH ORDINALITY AS f(fault, n)
   WHERE NOT EXISTS (SELECT FROM rule_exception e WHERE e.subject = a_subject AND e.subject_id = a_subject_id
     AND e.rule = split_part(fault, '|', 1) AND e.value_hash = encode(sha256(convert_to(fault, 'UTF8')), 'hex'))
$$;
COMMENT ON FUNCTION without_exceptions(text, bigint, text[]) IS 'Those faults of a record that no document excuses.';

CREATE FUNCTION intake_after(subject text, subject_id bigint, op text, was intake, becomes intake, faults_before text[], faults_now text[])
RETURNS intake LANGUAGE plpgsql STABLE AS $$
DECLARE
  faults text[] := CASE WHEN faults_now = '{}' THEN faults_now ELSE without_exceptions(subject, subject_id, faults_now) END;
BEGIN
  IF faults = '{}' THEN RETURN 'registered'; END IF;
  IF op = 'INSERT' AND becomes = 'stock' THEN
    IF NOT stock_comes_by_the_initial_load() THEN PERFORM refuse('stock_comes_by_the_initial_load', subject, 'intake'); END IF;
    RETURN 'stock';
  END IF;
  IF was = 'stock' AND becomes = 'stock' THEN
    faults := ARRAY(SELECT fault FROM unnest(faults) WITH ORDINALITY AS f(fault, n) WHERE fault <> ALL (faults_before) ORDER BY n);
    IF faults = '{}' THEN RETURN 'stock'; END IF;
  END IF;
  PERFORM refuse_faults(subject, subject_id, faults);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION intake_after(text, bigint, text, intake, intake, text[], text[]) IS 'What a row is after a write: registered once no fault is left, stock while it keeps old ones; refuses a new fault.';

-- What may happen to a member: one function for the row trigger, which refuses, and for a report, which refuses in time.
CREATE FUNCTION status_changes_by_a_legal_event(status text, was text) RETURNS boolean LANGUAGE sql STABLE
RETURN coalesce(status, '1') = coalesce(was, '1') OR EXISTS (SELECT FROM status_change c WHERE c.was = coalesce(status_changes_by_a_legal_event.was, '1') AND c.becomes = coalesce(status, '1'));
COMMENT ON FUNCTION status_changes_by_a_legal_event(text, text) IS 'The membership status cannot change so: membership is restored only after a suspension, and who has left or died stays so.';

CREATE FUNCTION probationary_members_are_not_suspended(status text, person_type text) RETURNS boolean LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM report_kind k WHERE k.becomes = status AND k.person_type <> probationary_members_are_not_suspended.person_type);
COMMENT ON FUNCTION probationary_members_are_not_suspended(text, text) IS 'A probationary member cannot be suspended: cancel the probationary status instead.';

CREATE FUNCTION an_exit_names_its_reason(ended_by text, status text, was text, person_type text) RETURNS boolean LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM status_change c JOIN exit_reason r ON r.report_kind = c.report_kind WHERE c.was = coalesce(an_exit_names_its_reason.was, '1') AND c.becomes = status)
    OR EXISTS (SELECT FROM status_change c JOIN exit_reason r ON r.report_kind = c.report_kind WHERE c.was = coalesce(an_exit_names_its_reason.was, '1') AND c.becomes = status
         AND r.code = ended_by AND coalesce(r.person_type = an_exit_names_its_reason.person_type, true) AND (r.ends_suspension OR c.was <> '2'));
COMMENT ON FUNCTION an_exit_names_its_reason(text, text, text, text) IS 'Choose the reason from the list of this event; it must fit the type of person and, for a suspended member, the end of a suspension.';

CREATE FUNCTION a_return_names_its_reason(began_by text, status text, was text) RETURNS boolean LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM status_change c JOIN entry_reason r ON r.report_kind = c.report_kind WHERE c.was = coalesce(a_return_names_its_reason.was, '1') AND c.becomes = status)
    OR EXISTS (SELECT FROM status_change c JOIN entry_reason r ON r.report_kind = c.report_kind WHERE c.was = coalesce(a_return_names_its_reason.was, '1') AND c.becomes = status AND r.code = began_by);
COMMENT ON FUNCTION a_return_names_its_reason(text, text, text) IS 'Choose from the list how the membership began again.';

CREATE FUNCTION a_change_of_status_has_happened(since date, today date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(since <= today, true);
COMMENT ON FUNCTION a_change_of_status_has_happened(date, date) IS 'The date of the event cannot lie in the future.';

CREATE FUNCTION probation_is_extended_once(probation_until date, was date, join_date date, person_type text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN probation_until IS NOT DISTINCT FROM was OR coalesce(was IS NULL AND person_type = '2' AND probation_until BETWEEN add_months(join_date, 18) AND add_months(join_date, 24), false);
COMMENT ON FUNCTION probation_is_extended_once(date, date, date, text) IS 'Probation is extended once, by 6 to 12 months, for a probationary member.';

CREATE FUNCTION conversion_waits_for_the_end_of_probation(full_date date, probation_until date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(full_date >= probation_until, true);
COMMENT ON FUNCTION conversion_waits_for_the_end_of_probation(date, date) IS 'The conversion date lies before the end of the extended probation.';

CREATE FUNCTION member_change_fault(o member, n member, today date) RETURNS text LANGUAGE sql STABLE
RETURN CASE
  WHEN NOT status_changes_by_a_legal_event(n.status, o.status) THEN 'status_changes_by_a_legal_event|'
  WHEN n.status IS DISTINCT FROM o.status AND NOT probationary_members_are_not_suspended(n.status, n.person_type) THEN 'probationary_members_are_not_suspended|'
  WHEN n.status IS DISTINCT FROM o.status AND NOT an_exit_names_its_reason(n.ended_by, n.status, o.status, n.person_type) THEN 'an_exit_names_its_reason|'
  WHEN n.status IS DISTINCT FROM o.status AND NOT a_return_names_its_reason(n.began_by, n.status, o.status) THEN 'a_return_names_its_reason|'
  WHEN n.since IS DISTINCT FROM o.since AND NOT a_change_of_status_has_happened(n.since, today) THEN 'a_change_of_status_has_happened|'
  WHEN NOT probation_is_extended_once(n.probation_until, o.probation_until, n.join_date, n.person_type) THEN 'probation_is_extended_once|'
  WHEN n.full_date IS DISTINCT FROM o.full_date AND NOT conversion_waits_for_the_end_of_probation(n.full_date, n.probation_until) THEN 'conversion_waits_for_the_end_of_probation|' END;
COMMENT ON FUNCTION member_change_fault(member, member, date) IS 'The rule about what may happen to a member that a change breaks; NULL where it may happen.';

CREATE FUNCTION undone_act() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN coalesce(nullif(current_setting('app.undoes', true), '')::bigint,
    (SELECT u.applied_in FROM change_order o JOIN change_order u ON u.id = o.undoes WHERE o.applied_in = nullif(current_setting('app.transaction', true), '')::bigint));
END $$;
COMMENT ON FUNCTION undone_act() IS 'The act that this one takes back: an entry of one''s own, or that of a change order.';

CREATE FUNCTION undoes_an_act() RETURNS boolean LANGUAGE sql STABLE RETURN undone_act() IS NOT NULL;
COMMENT ON FUNCTION undoes_an_act() IS 'Whether this act takes back another one: then what was true before is true again, whatever may follow what.';

CREATE FUNCTION keep_member_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  faults text[];
  before text[] := '{}';
  changed text;
  broken text;
BEGIN
  IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 AND NEW.branch_id = OLD.branch_id AND NEW.branch_code <> OLD.branch_code THEN
    RETURN NEW;   -- the code follows a moved branch; nobody wrote the member
  END IF;
  IF TG_OP = 'INSERT' OR NEW.branch_id <> OLD.branch_id OR (NEW.status IS DISTINCT FROM OLD.status AND (SELECT is_kept FROM membership_status WHERE code = coalesce(NEW.status, '1'))) THEN
    SELECT o.code INTO NEW.branch_code FROM organisation o JOIN organisation_kind k ON k.code = o.kind
     WHERE o.id = NEW.branch_id AND k.holds_members AND o.ended IS NULL
       FOR SHARE OF o;   -- who ends the branch waits for this act, or this act for theirs
    IF NOT FOUND THEN PERFORM refuse('a_member_stands_in_a_branch', 'member', 'branch_id'); END IF;
  END IF;
  IF acting_level() = 'branch' THEN
    changed := field_beyond_delegation(CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) ELSE '{}' END, to_jsonb(NEW), NEW.branch_id);
    IF changed IS NOT NULL THEN PERFORM refuse('a_branch_writes_what_it_was_delegated', 'member', changed); END IF;
  END IF;
  IF TG_OP = 'UPDATE' AND NOT undoes_an_act() AND (OLD.status, OLD.since, OLD.probation_until, OLD.full_date) IS DISTINCT FROM (NEW.status, NEW.since, NEW.probation_until, NEW.full_date) THEN
    broken := member_change_fault(OLD, NEW, current_date);
    IF broken IS NOT NULL THEN PERFORM refuse_faults('member', NEW.id, ARRAY[broken]); END IF;
  END IF;
  IF TG_OP = 'UPDATE' AND pg_trigger_depth() = 1 AND NOT undoes_an_act() AND NEW.since IS NOT DISTINCT FROM OLD.since AND (OLD.branch_id, coalesce(OLD.status, '1')) IS DISTINCT FROM (NEW.branch_id, coalesce(NEW.status, '1')) THEN
    NEW.since := effective_day();   -- whoever does not say since when says today; a report and an order always say it
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.branch_id <> OLD.branch_id AND (current_order()).id IS NOT NULL AND NOT reports_are_settled_before_a_member_moves(NEW.id) THEN
    PERFORM refuse('reports_are_settled_before_a_member_moves', 'member', 'branch_id');
  END IF;
  faults := member_faults(NEW, current_date);
  IF TG_OP = 'UPDATE' AND OLD.intake = 'stock' THEN before := member_faults(OLD, current_date); END IF;
  IF TG_OP = 'INSERT' OR NEW.id_number IS DISTINCT FROM OLD.id_number OR NEW.intake = 'stock' THEN
    faults := faults || number_fault(NEW.id, NEW.id_number, CASE TG_OP WHEN 'INSERT' THEN NEW.intake = 'stock' ELSE NEW.id_number IS NOT DISTINCT FROM OLD.id_number END);
    IF TG_OP = 'UPDATE' AND OLD.intake = 'stock' THEN before := before || number_fault(OLD.id, OLD.id_number, true); END IF;
  END IF;
  NEW.intake := intake_after('member', NEW.id, TG_OP, CASE TG_OP WHEN 'UPDATE' THEN OLD.intake END, NEW.intake, before, faults);
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_member_rules() IS 'Trigger: the branch is a branch, a branch post writes delegated fields only, and no write adds a fault.';

CREATE FUNCTION number_fault(own_id bigint, an_id_number text, without_lock boolean) RETURNS text[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  key text := id_number_18(an_id_number);   -- computed outside the query, which would be prepared with all of it for each row
BEGIN
  IF key IS NULL THEN RETURN '{}'; END IF;
  -- Two acts that register one number at once would not see each other. A load, and a row that keeps its number, skip the
  -- lock (one per row would fill the lock table): the unique index is their wall.
  IF NOT without_lock THEN PERFORM pg_advisory_xact_lock(hashtextextended(key, 0)); END IF;
  IF EXISTS (SELECT FROM member WHERE id_key = key AND id IS DISTINCT FROM own_id) THEN
    RETURN ARRAY['a_number_is_taken_once|' || an_id_number];
  END IF;
  RETURN '{}';
END $$;
COMMENT ON FUNCTION number_fault(bigint, text, boolean) IS 'The fault of an ID number that another member of the whole registry has, stock rows and the 15-digit form included.';

CREATE FUNCTION a_number_is_taken_once(id_number text) RETURNS boolean LANGUAGE sql STABLE RETURN NOT EXISTS (SELECT FROM member WHERE id_key = id_number_18(a_number_is_taken_once.id_number));
COMMENT ON FUNCTION a_number_is_taken_once(text) IS 'This ID number is already registered.';

CREATE FUNCTION a_member_stands_in_a_branch(branch_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM organisation o JOIN organisation_kind k ON k.code = o.kind WHERE o.id = branch_id AND k.holds_members AND o.ended IS NULL);
COMMENT ON FUNCTION a_member_stands_in_a_branch(bigint) IS 'A member stands in an active branch; committees and general branches hold no members themselves.';

CREATE FUNCTION delegated_fields(a_branch_id bigint, today date) RETURNS text[] LANGUAGE sql STABLE
RETURN ARRAY(SELECT DISTINCT field FROM field_delegation WHERE branch_id = a_branch_id AND since <= today AND coalesce(until, today) >= today ORDER BY field);
COMMENT ON FUNCTION delegated_fields(bigint, date) IS 'The member fields that a branch may keep itself on a day.';

CREATE FUNCTION a_branch_writes_what_it_was_delegated(branch_id bigint, field text) RETURNS boolean LANGUAGE sql STABLE
RETURN field = ANY (delegated_fields(branch_id, current_date));
COMMENT ON FUNCTION a_branch_writes_what_it_was_delegated(bigint, text) IS 'The branch may keep only the fields that its superior delegated to it: report this change to the basic committee.';

CREATE FUNCTION field_beyond_delegation(before jsonb, after jsonb, branch_id bigint) RETURNS text LANGUAGE sql STABLE
RETURN (SELECT key FROM jsonb_each(after) WHERE key NOT IN ('ver', 'intake', 'id_key', 'branch_code', 'initials', 'name_key') AND value IS DISTINCT FROM coalesce(before -> key, 'null')
  AND NOT a_branch_writes_what_it_was_delegated(branch_id, key) ORDER BY key LIMIT 1);
COMMENT ON FUNCTION field_beyond_delegation(jsonb, jsonb, bigint) IS 'The first changed field that the branch may not keep, NULL where all are delegated.';

CREATE FUNCTION spell_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT s.initials, s.name_key INTO NEW.initials, NEW.name_key FROM spelt(NEW.name) s;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION spell_name() IS 'Trigger: keeps the pinyin of a member''s name, whoever writes it.';

CREATE TRIGGER a_new_name_is_spelt BEFORE INSERT ON member FOR EACH ROW EXECUTE FUNCTION spell_name();
COMMENT ON TRIGGER a_new_name_is_spelt ON member IS 'The pinyin follows the name.';
CREATE TRIGGER a_name_is_spelt BEFORE UPDATE ON member FOR EACH ROW
  WHEN ((OLD.name, OLD.initials, OLD.name_key) IS DISTINCT FROM (NEW.name, NEW.initials, NEW.name_key)) EXECUTE FUNCTION spell_name();
COMMENT ON TRIGGER a_name_is_spelt ON member IS 'The pinyin follows the name.';

CREATE TRIGGER member_keeps_the_rules BEFORE INSERT OR UPDATE ON member FOR EACH ROW EXECUTE FUNCTION keep_member_rules();
COMMENT ON TRIGGER member_keeps_the_rules ON member IS 'No write adds a fault: the error rules hold for the new values, or held off for the same old ones.';

-- Maintainer ------------------------------------------------------------------------------------------------------------

CREATE FUNCTION nearest_keeper(an_organisation_id bigint) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE up AS (
    SELECT id, parent_id, kind, can_admit, 0 AS distance FROM organisation WHERE id = an_organisation_id
    UNION ALL SELECT o.id, o.parent_id, o.kind, o.can_admit, up.distance + 1 FROM organisation o JOIN up ON o.id = up.parent_id)
  SELECT up.id FROM up JOIN organisation_kind k ON k.code = up.kind WHERE k.keeps_itself OR up.can_admit ORDER BY distance LIMIT 1
$$;
COMMENT ON FUNCTION nearest_keeper(bigint) IS 'The organisation itself or its nearest ancestor that keeps records: a basic committee with admission authority, a system or a local committee.';

CREATE FUNCTION maintainer(an_organisation_id bigint) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT CASE WHEN k.keeps_itself THEN o.id ELSE nearest_keeper(o.parent_id) END
    FROM organisation o JOIN organisation_kind k ON k.code = o.kind WHERE o.id = an_organisation_id
$$;
COMMENT ON FUNCTION maintainer(bigint) IS 'Who keeps the record of an organisation (notice, section 2.1): a local or system committee by itself, any other by the nearest keeper above it.';

CREATE FUNCTION records_are_kept_by_the_maintainer(the_maintainer bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN installs() OR EXISTS (SELECT FROM post WHERE id = acting_post() AND organisation_id = the_maintainer AND NOT (SELECT technical FROM level WHERE code = post.level));
COMMENT ON FUNCTION records_are_kept_by_the_maintainer(bigint) IS 'An organisation and its unit are kept by the superior organisation that maintains them, never by the organisation itself; local and system committees are kept by their own organisation department.';

CREATE FUNCTION refuse_unless(rule text, holds_true boolean, at_column text, at_table text DEFAULT 'report') RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF holds_true IS NOT TRUE THEN PERFORM refuse(rule, at_table, at_column); END IF;
END $$;
COMMENT ON FUNCTION refuse_unless(text, boolean, text, text) IS 'Refuses what is written where a rule does not hold.';

-- Change orders -----------------------------------------------------------------------------------------------------------

CREATE FUNCTION current_order() RETURNS change_order LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  the_order change_order;
BEGIN
  SELECT * INTO the_order FROM change_order WHERE applied_in = nullif(current_setting('app.transaction', true), '')::bigint;
  RETURN the_order;
END $$;
COMMENT ON FUNCTION current_order() IS 'The change order that this act applies; a row of NULLs where it applies none.';

CREATE FUNCTION common_superior(an_organisation_id bigint, other_id bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT above.id FROM organisation a JOIN organisation b ON b.id = other_id JOIN generate_series(3, length(a.code), 3) AS n ON true JOIN organisation above ON above.code = left(a.code, n)
   WHERE a.id = an_organisation_id AND starts_with(b.code, above.code) ORDER BY n DESC LIMIT 1
$$;
COMMENT ON FUNCTION common_superior(bigint, bigint) IS 'The lowest organisation under which two organisations stand, or which is one of them.';

CREATE FUNCTION maker_of(kind text, an_organisation_id bigint, a_superior_id bigint) RETURNS bigint LANGUAGE sql STABLE
RETURN CASE kind
  WHEN 'establish' THEN nearest_keeper(a_superior_id)
  WHEN 'move' THEN nearest_keeper(common_superior((SELECT parent_id FROM organisation WHERE id = an_organisation_id), a_superior_id))
  WHEN 'change' THEN maintainer(an_organisation_id)
  WHEN 'term' THEN maintainer(an_organisation_id)
  ELSE nearest_keeper((SELECT parent_id FROM organisation WHERE id = an_organisation_id)) END;
COMMENT ON FUNCTION maker_of(text, bigint, bigint) IS 'Which organisation makes an order (notice, section 2.1): the nearest keeper above the organisation, for a move the one above both ends; items of a local or system committee it changes itself.';

CREATE FUNCTION an_order_is_made_by_the_maintainer(kind text, an_organisation_id bigint, a_superior_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN installs() OR (records_are_kept_by_the_maintainer(maker_of(kind, an_organisation_id, a_superior_id))
  AND holds(CASE WHEN kind IN ('change', 'term') AND maintainer(an_organisation_id) = an_organisation_id THEN 'O7' ELSE (SELECT k.function FROM change_kind k WHERE k.code = kind) END, 'W'));
COMMENT ON FUNCTION an_order_is_made_by_the_maintainer(text, bigint, bigint) IS 'An organisation is changed from above, never by itself: by the superior that maintains it, for a transfer by the lowest superior of both ends, and only where its post holds this function. A local or system committee changes its own items.';

CREATE FUNCTION an_order_is_about_an_organisation_in_being(kind text, an_organisation_id bigint, a_superior_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM organisation WHERE id = a_superior_id AND ended IS NOT NULL)
   AND NOT EXISTS (SELECT FROM organisation o LEFT JOIN organisation s ON s.id = o.parent_id WHERE o.id = an_organisation_id AND CASE an_order_is_about_an_organisation_in_being.kind WHEN 'undo' THEN false WHEN 'restore' THEN o.ended IS NULL OR s.ended IS NOT NULL ELSE o.ended IS NOT NULL END);
COMMENT ON FUNCTION an_order_is_about_an_organisation_in_being(text, bigint, bigint) IS 'The organisation or its superior is abolished; only an abolished one is restored, and only under a superior that exists.';

CREATE FUNCTION a_target_stands_outside_what_moves(a_superior_id bigint, an_organisation_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM organisation o JOIN organisation s ON s.id = a_superior_id WHERE o.id = an_organisation_id AND (starts_with(s.code, o.code) OR o.parent_id = s.id));
COMMENT ON FUNCTION a_target_stands_outside_what_moves(bigint, bigint) IS 'The new superior is the organisation itself, stands below it, or is its superior already: choose another one.';

CREATE FUNCTION what_moves_brings_no_unit_of_its_new_superior(an_organisation_id bigint, a_superior_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM organisation o JOIN unit u ON u.organisation_code >= o.code AND u.organisation_code < o.code || '~' AND u.ended IS NULL
    JOIN organisation s ON s.id = a_superior_id JOIN generate_series(3, length(s.code), 3) AS n ON true JOIN organisation above ON above.code = left(s.code, n) AND NOT starts_with(o.code, above.code)
    JOIN unit theirs ON theirs.organisation_id = above.id AND theirs.ended IS NULL AND theirs.credit_code = u.credit_code WHERE o.id = an_organisation_id);
COMMENT ON FUNCTION what_moves_brings_no_unit_of_its_new_superior(bigint, bigint) IS 'A unit of what moves has the credit code of a unit of the new superior: end that unit and choose "same unit as the superior" there first.';

CREATE FUNCTION what_is_merged_or_split_has_members(kind text, an_organisation_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN kind NOT IN ('merge', 'split') OR EXISTS (SELECT FROM organisation o JOIN organisation_kind k ON k.code = o.kind WHERE o.id = an_organisation_id AND k.holds_members);
COMMENT ON FUNCTION what_is_merged_or_split_has_members(text, bigint) IS 'Only branches are merged or split; a committee or general branch is moved or abolished, with its branches moved first.';

CREATE FUNCTION branches_merge_under_one_superior(an_organisation_id bigint, kept_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM organisation o JOIN organisation kept ON kept.id = kept_id JOIN organisation_kind k ON k.code = o.kind
  WHERE o.id = an_organisation_id AND o.id <> kept.id AND o.parent_id = kept.parent_id AND o.ended IS NULL AND k.holds_members);
COMMENT ON FUNCTION branches_merge_under_one_superior(bigint, bigint) IS 'Branches merge under one superior: this one is the kept branch itself, stands elsewhere, is abolished or is no branch. Move it under the same superior first.';

CREATE FUNCTION an_order_takes_effect_after_the_founding(effective_on date, an_organisation_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM organisation WHERE id = an_organisation_id AND founded > effective_on);
COMMENT ON FUNCTION an_order_takes_effect_after_the_founding(date, bigint) IS 'The day on which the order takes effect lies before the founding of the organisation or of its superior.';

CREATE FUNCTION an_order_takes_effect_on_its_day(effective_on date, today date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN effective_on <= today;
COMMENT ON FUNCTION an_order_takes_effect_on_its_day(date, date) IS 'The order takes effect on a later day; it can be applied from that day on.';

CREATE FUNCTION an_order_is_previewed_before_it_is_applied(an_order_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM change_plan WHERE order_id = an_order_id);
COMMENT ON FUNCTION an_order_is_previewed_before_it_is_applied(bigint) IS 'Preview the order before it is applied.';

CREATE FUNCTION what_was_ordered_is_undone_not_rewritten() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION what_was_ordered_is_undone_not_rewritten() IS 'Only a draft is changed, applied or withdrawn; an applied order is taken back by another order.';

CREATE FUNCTION an_order_is_undone_where_it_was_made(undoes bigint, a_maker_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM change_order o JOIN change_kind k ON k.code = o.kind WHERE o.id = an_order_is_undone_where_it_was_made.undoes AND o.state = 'applied' AND o.kind <> 'undo' AND (installs() OR (o.maker_id = a_maker_id AND holds(k.function, 'W'))));
COMMENT ON FUNCTION an_order_is_undone_where_it_was_made(bigint, bigint) IS 'An applied order is taken back by the organisation that made it, whose post holds the same function; an undoing order itself is final.';

CREATE FUNCTION order_item_names() RETURNS text[] LANGUAGE sql IMMUTABLE
RETURN ARRAY['name', 'short_name', 'kind', 'can_admit', 'unit_situation', 'secretary', 'contact', 'phone', 'founded', 'external_code'];
COMMENT ON FUNCTION order_item_names() IS 'The items of an organisation that an order may set.';

CREATE FUNCTION an_order_brings_items_of_its_kind(items jsonb, kind text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN jsonb_typeof(items) <> 'object'   -- which order_items_are_named refuses
   OR (items - order_item_names() - CASE kind WHEN 'term' THEN ARRAY['began', 'ends', 'committee', 'entitled', 'present'] ELSE '{}' END) = '{}'
  AND CASE kind WHEN 'change' THEN items <> '{}' WHEN 'term' THEN items ? 'began' AND items ? 'ends' WHEN 'upgrade' THEN items ? 'kind' WHEN 'downgrade' THEN items ? 'kind' WHEN 'merge' THEN true ELSE items = '{}' END;
COMMENT ON FUNCTION an_order_brings_items_of_its_kind(jsonb, text) IS 'Fill in the items that this order needs: the new kind for an upgrade or downgrade, the day and the end of a term, at least one item that changes.';

CREATE FUNCTION keep_order_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  course CONSTANT text[] := '{state,applied_on,applied_in,entry_due,is_provisional,organisation_id,maker_code,ver}';
  dated date := (SELECT d.dated FROM document d WHERE d.id = NEW.document_id);
BEGIN
  IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 AND NEW.state = OLD.state THEN   -- the code follows the maker, the due date the calendar
    IF NEW.state = 'draft' THEN
      NEW.entry_due := add_workdays(coalesce(dated, NEW.entry_due), limit_on('order', coalesce(dated, current_date)));
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.state <> 'draft' THEN
    PERFORM refuse_unless('what_was_ordered_is_undone_not_rewritten', OLD.state = 'applied' AND NEW.state IN ('applied', 'undone') AND to_jsonb(NEW) - course = to_jsonb(OLD) - course
      AND (NEW.state = 'applied' OR (current_order()).undoes = OLD.id)
      AND (NEW.organisation_id IS NOT DISTINCT FROM OLD.organisation_id OR (OLD.organisation_id IS NULL AND (current_order()).id = OLD.id)), 'state', 'change_order');
    NEW.applied_on := OLD.applied_on; NEW.applied_in := OLD.applied_in;
    RETURN NEW;
  END IF;
  PERFORM refuse_unless('an_order_names_what_it_is_about', NEW.kind = 'establish' AND NEW.superior_id IS NOT NULL OR NEW.organisation_id IS NOT NULL, CASE NEW.kind WHEN 'establish' THEN 'superior_id' ELSE 'organisation_id' END, 'change_order');
  IF TG_OP = 'INSERT' THEN
    SELECT o.id, o.code INTO NEW.maker_id, NEW.maker_code FROM organisation o
     WHERE o.id = CASE WHEN installs() THEN CASE NEW.kind WHEN 'undo' THEN (SELECT u.maker_id FROM change_order u WHERE u.id = NEW.undoes) ELSE maker_of(NEW.kind, NEW.organisation_id, NEW.superior_id) END ELSE (SELECT p.organisation_id FROM post p WHERE p.id = acting_post()) END;
    NEW.state := 'draft';
  ELSE
    PERFORM refuse_unless('what_was_ordered_is_undone_not_rewritten', NEW.state IN ('draft', 'applied', 'withdrawn') AND (NEW.kind, NEW.undoes, NEW.maker_id) IS NOT DISTINCT FROM (OLD.kind, OLD.undoes, OLD.maker_id), 'state', 'change_order');
  END IF;
  NEW.applied_on := NULL; NEW.applied_in := NULL;
  NEW.entry_due := add_workdays(coalesce(dated, current_date), limit_on('order', coalesce(dated, current_date)));
  NEW.is_provisional := NOT calendar_is_published(date_part('year', NEW.entry_due)::int);
  IF NEW.state = 'withdrawn' THEN RETURN NEW; END IF;

  PERFORM refuse_unless('an_act_rests_on_a_document_in_scope', EXISTS (SELECT FROM document d WHERE d.id = NEW.document_id AND (installs() OR within_scope(code_of('organisation', d.organisation_id)))), 'document_id', 'change_order');
  IF NEW.kind = 'undo' THEN
    PERFORM refuse_unless('an_order_is_undone_where_it_was_made', an_order_is_undone_where_it_was_made(NEW.undoes, NEW.maker_id), 'undoes', 'change_order');
  ELSE
    PERFORM refuse_unless('an_order_is_made_by_the_maintainer', an_order_is_made_by_the_maintainer(NEW.kind, NEW.organisation_id, NEW.superior_id), CASE NEW.kind WHEN 'establish' THEN 'superior_id' ELSE 'organisation_id' END, 'change_order');
  END IF;
  PERFORM refuse_unless('an_order_is_about_an_organisation_in_being', an_order_is_about_an_organisation_in_being(NEW.kind, NEW.organisation_id, NEW.superior_id), 'organisation_id', 'change_order');
  PERFORM refuse_unless('an_order_takes_effect_after_the_founding', NEW.kind = 'undo' OR (an_order_takes_effect_after_the_founding(NEW.effective_on, NEW.organisation_id)
    AND an_order_takes_effect_after_the_founding(NEW.effective_on, NEW.superior_id)), 'effective_on', 'change_order');
  PERFORM refuse_unless('what_is_merged_or_split_has_members', what_is_merged_or_split_has_members(NEW.kind, NEW.organisation_id), 'organisation_id', 'change_order');
  PERFORM refuse_unless('an_order_brings_items_of_its_kind', an_order_brings_items_of_its_kind(NEW.items, NEW.kind), 'items', 'change_order');
  IF NEW.kind = 'move' THEN
    PERFORM refuse_unless('a_target_stands_outside_what_moves', a_target_stands_outside_what_moves(NEW.superior_id, NEW.organisation_id), 'superior_id', 'change_order');
    PERFORM refuse_unless('what_moves_brings_no_unit_of_its_new_superior', what_moves_brings_no_unit_of_its_new_superior(NEW.organisation_id, NEW.superior_id), 'superior_id', 'change_order');
    PERFORM refuse_unless('organisation_sits_where_it_may', organisation_sits_where_it_may((SELECT o.kind FROM organisation o WHERE o.id = NEW.organisation_id), (SELECT o.kind FROM organisation o WHERE o.id = NEW.superior_id)), 'superior_id', 'change_order');
  END IF;
  IF NEW.state = 'applied' THEN
    PERFORM refuse_unless('an_order_takes_effect_on_its_day', an_order_takes_effect_on_its_day(NEW.effective_on, current_date), 'effective_on', 'change_order');
    PERFORM refuse_unless('an_order_is_previewed_before_it_is_applied', an_order_is_previewed_before_it_is_applied(NEW.id), NULL, 'change_order');
    NEW.applied_on := current_date;
    NEW.applied_in := current_act();
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_order_rules() IS 'Trigger: an order is made by whoever maintains the organisation, is refused early for what its application would be refused for, keeps its clock, and is applied once, on or after its day.';

CREATE TRIGGER order_keeps_the_rules BEFORE INSERT OR UPDATE ON change_order FOR EACH ROW EXECUTE FUNCTION keep_order_rules();
COMMENT ON TRIGGER order_keeps_the_rules ON change_order IS 'An order is made from above, applied once and taken back by another order.';

CREATE FUNCTION a_line_fits_the_kind_of_its_order(role text, kind text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN CASE role WHEN 'joins' THEN kind = 'merge' ELSE kind IN ('establish', 'split', 'upgrade') END;
COMMENT ON FUNCTION a_line_fits_the_kind_of_its_order(text, text) IS 'New organisations belong to an order that establishes, splits or upgrades; others join only in a merger.';

CREATE FUNCTION a_new_organisation_is_named(items jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN (items - order_item_names()) = '{}' AND coalesce(items ->> 'name', '') <> '' AND coalesce(items ->> 'kind', '') <> '';
COMMENT ON FUNCTION a_new_organisation_is_named(jsonb) IS 'Give the full name and the kind of each new organisation.';

CREATE FUNCTION superior_of_line(o change_order) RETURNS bigint LANGUAGE sql STABLE
RETURN CASE (o).kind WHEN 'establish' THEN (o).superior_id WHEN 'upgrade' THEN (o).organisation_id WHEN 'split' THEN (SELECT parent_id FROM organisation WHERE id = (o).organisation_id) END;
COMMENT ON FUNCTION superior_of_line(change_order) IS 'Under which organisation the new ones of an order stand; NULL for an order that makes none.';

CREATE FUNCTION keep_line_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  o change_order;
BEGIN
  SELECT * INTO o FROM change_order WHERE id = NEW.order_id;
  IF TG_OP = 'UPDATE' AND o.id = (current_order()).id AND OLD.organisation_id IS NULL AND to_jsonb(NEW) - '{organisation_id,ver}'::text[] = to_jsonb(OLD) - '{organisation_id,ver}'::text[] THEN
    RETURN NEW;   -- the order is being applied: the line learns which organisation it has made
  END IF;
  PERFORM refuse_unless('what_was_ordered_is_undone_not_rewritten', o.state = 'draft' AND (TG_OP = 'INSERT' OR (NEW.order_id, NEW.role) = (OLD.order_id, OLD.role)), NULL, 'change_line');
  IF NEW.dropped OR jsonb_typeof(NEW.items) <> 'object' THEN RETURN NEW; END IF;   -- line_items_are_named refuses the latter
  PERFORM refuse_unless('a_line_fits_the_kind_of_its_order', a_line_fits_the_kind_of_its_order(NEW.role, o.kind), 'role', 'change_line');
  IF NEW.role = 'joins' THEN
    PERFORM refuse_unless('branches_merge_under_one_superior', branches_merge_under_one_superior(NEW.organisation_id, o.organisation_id), 'organisation_id', 'change_line');
    PERFORM refuse_unless('an_order_takes_effect_after_the_founding', an_order_takes_effect_after_the_founding(o.effective_on, NEW.organisation_id), 'effective_on', 'change_order');
  ELSE
    NEW.organisation_id := NULL;
    PERFORM refuse_unless('a_new_organisation_is_named', a_new_organisation_is_named(NEW.items), 'name', 'organisation');
    PERFORM refuse_unless('organisation_sits_where_it_may', EXISTS (SELECT FROM organisation s WHERE s.id = superior_of_line(o)
      AND organisation_sits_where_it_may(NEW.items ->> 'kind', CASE o.kind WHEN 'upgrade' THEN o.items ->> 'kind' ELSE s.kind END)), 'kind', 'organisation');
    PERFORM refuse_unless('rule_o01', rule_o01(NEW.unit ->> 'credit_code'), 'credit_code', 'unit');
    PERFORM refuse_unless('rule_o02', NOT EXISTS (SELECT FROM unit u JOIN organisation above ON above.id = u.organisation_id JOIN organisation s ON s.id = superior_of_line(o)
      WHERE u.credit_code = NEW.unit ->> 'credit_code' AND u.ended IS NULL AND starts_with(s.code, above.code)), 'credit_code', 'unit');
    PERFORM refuse_unless('organisation_name_is_unique', NOT EXISTS (SELECT FROM organisation x WHERE x.name = NEW.items ->> 'name' AND x.ended IS NULL AND x.intake = 'registered'), 'name', 'organisation');
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_line_rules() IS 'Trigger: a line fits its order, and is refused early for what its organisation would be refused for.';

CREATE TRIGGER line_keeps_the_rules BEFORE INSERT OR UPDATE ON change_line FOR EACH ROW EXECUTE FUNCTION keep_line_rules();
COMMENT ON TRIGGER line_keeps_the_rules ON change_line IS 'A line fits its order and stays once the order is applied.';

CREATE FUNCTION an_order_opens_accounts_with_the_right_to(an_order change_order) RETURNS boolean LANGUAGE sql STABLE
RETURN holds('O9', 'W') AND (an_order).kind IN ('establish', 'split', 'upgrade', 'restore', 'term', 'downgrade');
COMMENT ON FUNCTION an_order_opens_accounts_with_the_right_to(change_order) IS 'Accounts are opened by an order that makes or restores an organisation or its committee, from a post that may set up administrators.';

CREATE FUNCTION keep_ordered_account_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  o change_order;
BEGIN
  SELECT * INTO o FROM change_order WHERE id = NEW.order_id;
  PERFORM refuse_unless('what_was_ordered_is_undone_not_rewritten', o.state = 'draft' AND (TG_OP = 'INSERT' OR NEW.order_id = OLD.order_id), NULL, 'change_account');
  IF NEW.dropped THEN RETURN NEW; END IF;
  PERFORM refuse_unless('an_order_opens_accounts_with_the_right_to', an_order_opens_accounts_with_the_right_to(o), 'login', 'change_account');
  PERFORM refuse_unless('login_is_taken_once', NOT EXISTS (SELECT FROM account a WHERE a.login = NEW.login), 'login', 'change_account');
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_ordered_account_rules() IS 'Trigger: an order opens accounts with the right to, each login once.';

CREATE TRIGGER ordered_account_keeps_the_rules BEFORE INSERT OR UPDATE ON change_account FOR EACH ROW EXECUTE FUNCTION keep_ordered_account_rules();
COMMENT ON TRIGGER ordered_account_keeps_the_rules ON change_account IS 'An order opens accounts with the right to, and only while it is a draft.';

CREATE FUNCTION who_is_placed_stands_in_the_source(a_member_id bigint, an_organisation_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM member m JOIN membership_status s ON s.code = coalesce(m.status, '1') WHERE m.id = a_member_id AND m.branch_id = an_organisation_id AND s.is_kept);
COMMENT ON FUNCTION who_is_placed_stands_in_the_source(bigint, bigint) IS 'This person does not stand on the roll of the branch that is divided.';

CREATE FUNCTION keep_place_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  o change_order;
BEGIN
  SELECT * INTO o FROM change_order WHERE id = NEW.order_id;
  PERFORM refuse_unless('what_was_ordered_is_undone_not_rewritten', o.state = 'draft' AND (TG_OP = 'INSERT' OR (NEW.order_id, NEW.member_id) = (OLD.order_id, OLD.member_id)), NULL, 'change_place');
  PERFORM refuse_unless('who_is_placed_stands_in_the_source', o.kind IN ('split', 'upgrade') AND who_is_placed_stands_in_the_source(NEW.member_id, o.organisation_id), 'member_id', 'change_place');
  NEW.transaction_id := current_act();
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_place_rules() IS 'Trigger: members of the divided branch are placed, while the order is a draft.';

CREATE TRIGGER place_keeps_the_rules BEFORE INSERT OR UPDATE ON change_place FOR EACH ROW EXECUTE FUNCTION keep_place_rules();
COMMENT ON TRIGGER place_keeps_the_rules ON change_place IS 'Members of the divided branch are placed, while the order is a draft.';

CREATE FUNCTION nobody_is_left_unplaced(an_order change_order) RETURNS boolean LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM member m JOIN membership_status s ON s.code = coalesce(m.status, '1') WHERE m.branch_id = (an_order).organisation_id AND s.is_kept
  AND NOT EXISTS (SELECT FROM change_place p WHERE p.order_id = (an_order).id AND p.member_id = m.id AND (p.line_id IS NOT NULL OR (an_order).kind = 'split')));
COMMENT ON FUNCTION nobody_is_left_unplaced(change_order) IS 'Say of every member of the branch where they will stand; in an upgrade nobody stays.';

CREATE FUNCTION no_side_is_left_empty(an_order change_order) RETURNS boolean LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM change_line l WHERE l.order_id = (an_order).id AND l.role = 'new' AND NOT l.dropped AND NOT EXISTS (SELECT FROM change_place p WHERE p.order_id = l.order_id AND p.line_id = l.id))
   AND CASE (an_order).kind WHEN 'split' THEN EXISTS (SELECT FROM change_line l WHERE l.order_id = (an_order).id AND l.role = 'new' AND NOT l.dropped)
         AND EXISTS (SELECT FROM change_place p WHERE p.order_id = (an_order).id AND p.line_id IS NULL AND who_is_placed_stands_in_the_source(p.member_id, (an_order).organisation_id))
       ELSE (SELECT count(*) FROM change_line l WHERE l.order_id = (an_order).id AND l.role = 'new' AND NOT l.dropped) <> 1 END;
COMMENT ON FUNCTION no_side_is_left_empty(change_order) IS 'Neither side may become empty: each new branch takes members, somebody stays in the one that is split, and an upgrade does not put everybody into one branch.';

CREATE FUNCTION a_merger_has_who_joins(an_order change_order) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM change_line l WHERE l.order_id = (an_order).id AND NOT l.dropped);
COMMENT ON FUNCTION a_merger_has_who_joins(change_order) IS 'Say which branches join the one that is kept, or which organisation is established.';

CREATE FUNCTION check_order_is_whole() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.kind IN ('merge', 'establish') THEN PERFORM refuse_unless('a_merger_has_who_joins', a_merger_has_who_joins(NEW), 'organisation_id', 'change_order'); END IF;
  IF NEW.kind = 'split' OR (NEW.kind = 'upgrade' AND EXISTS (SELECT FROM change_line l WHERE l.order_id = NEW.id AND NOT l.dropped)) THEN
    PERFORM refuse_unless('nobody_is_left_unplaced', nobody_is_left_unplaced(NEW), NULL, 'change_order');
    PERFORM refuse_unless('no_side_is_left_empty', no_side_is_left_empty(NEW), NULL, 'change_order');
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION check_order_is_whole() IS 'Trigger: an order that is applied says of every member and organisation what becomes of them.';

CREATE TRIGGER an_applied_order_is_whole AFTER UPDATE ON change_order FOR EACH ROW WHEN (OLD.state = 'draft' AND NEW.state = 'applied') EXECUTE FUNCTION check_order_is_whole();
COMMENT ON TRIGGER an_applied_order_is_whole ON change_order IS 'An order that is applied says of every member and organisation what becomes of them.';

CREATE FUNCTION an_order_leaves_nobody_without_a_place(an_order change_order) RETURNS boolean LANGUAGE sql STABLE AS $$
  -- Each end by its own index: an OR of the two would read all memberships of the registry.
  WITH concerned AS MATERIALIZED (SELECT DISTINCT organisation_id AS id FROM organisation_spell WHERE recorded_in = (an_order).applied_in),
  stands AS MATERIALIZED (
    SELECT s.parent_id AS id, s.during FROM organisation_spell s WHERE s.recorded_in = (an_order).applied_in AND s.replaced_at IS NULL
    UNION SELECT s.parent_id, s.during FROM concerned c JOIN organisation_spell s ON s.parent_id = c.id AND s.replaced_at IS NULL),
  belongs AS MATERIALIZED (
    SELECT s.branch_id AS id, s.during FROM membership_spell s WHERE s.recorded_in = (an_order).applied_in AND s.replaced_at IS NULL
    UNION SELECT s.branch_id, s.during FROM concerned c JOIN membership_spell s ON s.branch_id = c.id AND s.replaced_at IS NULL),
  stood AS MATERIALIZED (
    SELECT s.organisation_id AS id, range_agg(s.during) AS during, range_agg(s.during) FILTER (WHERE k.holds_members) AS as_branch
      FROM (SELECT id FROM stands UNION SELECT id FROM belongs) AS asked JOIN organisation_spell s ON s.organisation_id = asked.id AND s.replaced_at IS NULL JOIN organisation_kind k ON k.code = s.kind
     GROUP BY s.organisation_id)
  SELECT NOT EXISTS (SELECT FROM stands s LEFT JOIN stood ON stood.id = s.id WHERE s.id IS NOT NULL AND NOT s.during * daterange((an_order).effective_on, NULL) <@ coalesce(stood.during, '{}'))
     AND NOT EXISTS (SELECT FROM belongs s LEFT JOIN stood ON stood.id = s.id WHERE NOT s.during * daterange((an_order).effective_on, NULL) <@ coalesce(stood.as_branch, '{}'))
$$;
COMMENT ON FUNCTION an_order_leaves_nobody_without_a_place(change_order) IS 'From the day on which the order takes effect an organisation would have stood under a superior, or a member in a branch, that was not there yet or no longer: choose a later day.';

CREATE FUNCTION check_days_of_order() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM refuse_unless('an_order_leaves_nobody_without_a_place', an_order_leaves_nobody_without_a_place(NEW), 'effective_on', 'change_order');
  RETURN NULL;
END $$;
COMMENT ON FUNCTION check_days_of_order() IS 'Trigger: at commit, what an order has dated stands somewhere on each day.';

CREATE CONSTRAINT TRIGGER an_applied_order_has_its_day AFTER UPDATE ON change_order DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.state = 'draft' AND NEW.state = 'applied' AND NEW.kind <> 'undo') EXECUTE FUNCTION check_days_of_order();
COMMENT ON TRIGGER an_applied_order_has_its_day ON change_order IS 'What an order has dated stands somewhere on each day from the one on which it takes effect.';

CREATE FUNCTION reports_are_settled_before_a_member_moves(a_member_id bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM report r WHERE r.member_id = a_member_id AND r.state IN ('reported', 'accepted', 'paused', 'returned'));
COMMENT ON FUNCTION reports_are_settled_before_a_member_moves(bigint) IS 'A report about this member is open: enter, return or withdraw it before the member moves to another branch.';

CREATE FUNCTION keep_term_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN RETURN NEW; END IF;   -- the code follows a moved organisation
  SELECT code INTO NEW.organisation_code FROM organisation WHERE id = NEW.organisation_id;
  PERFORM refuse_unless('structure_changes_by_an_order', structure_changes_by_an_order(), NULL, 'organisation_term');
  PERFORM refuse_unless('an_order_changes_what_it_is_about', installs() OR an_order_changes_what_it_is_about(NEW.organisation_id, NULL, NULL), NULL, 'organisation_term');
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_term_rules() IS 'Trigger: a term of office is entered and taken back by an order about its organisation.';

CREATE TRIGGER term_keeps_the_rules BEFORE INSERT OR UPDATE ON organisation_term FOR EACH ROW EXECUTE FUNCTION keep_term_rules();
COMMENT ON TRIGGER term_keeps_the_rules ON organisation_term IS 'A term of office is entered and taken back by an order about its organisation.';

CREATE FUNCTION effective_day() RETURNS date LANGUAGE sql STABLE
RETURN coalesce((current_order()).effective_on, current_date);
COMMENT ON FUNCTION effective_day() IS 'The day from which a change of this act is true: that of its order, else today.';

CREATE FUNCTION structure_changes_by_an_order() RETURNS boolean LANGUAGE sql STABLE
RETURN installs() OR (current_order()).id IS NOT NULL OR stock_comes_by_the_initial_load();
COMMENT ON FUNCTION structure_changes_by_an_order() IS 'Superior, code, name, kind, admission authority and end of an organisation change by a change order on its document: open one there.';

CREATE FUNCTION what_is_abolished_is_read_only() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION what_is_abolished_is_read_only() IS 'An abolished organisation is read-only: restore it by a change order first.';

CREATE FUNCTION an_order_changes_what_it_is_about(an_id bigint, a_parent_id bigint, a_code text) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM change_order o LEFT JOIN change_order u ON u.id = o.undoes
  WHERE o.applied_in = current_act() AND (an_id IN (o.organisation_id, u.organisation_id) OR a_parent_id IN (o.superior_id, superior_of_line(o))
     OR EXISTS (SELECT FROM change_line l WHERE l.order_id IN (o.id, u.id) AND l.organisation_id = an_id)
     OR EXISTS (SELECT FROM organisation_code c WHERE c.organisation_id = o.organisation_id AND starts_with(a_code, c.code))));
COMMENT ON FUNCTION an_order_changes_what_it_is_about(bigint, bigint, text) IS 'An order changes the organisations that it names and those below them, no others.';

CREATE FUNCTION keep_organisation_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  faults text[] := organisation_faults(NEW);
BEGIN
  -- The installer is let through first: a plan of nearest_keeper made while the table was empty would serve a whole load.
  -- A mere look, by the trigger that has just seen the organisation's units, is nobody's write.
  IF NOT installs() AND NOT (TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 AND NEW IS NOT DISTINCT FROM OLD) AND NOT (TG_OP = 'INSERT' AND NEW.intake = 'stock' AND stock_comes_by_the_initial_load()) THEN
    IF (current_order()).id IS NOT NULL THEN
      PERFORM refuse_unless('an_order_changes_what_it_is_about', an_order_changes_what_it_is_about(NEW.id, NEW.parent_id, CASE TG_OP WHEN 'UPDATE' THEN OLD.code END), NULL, 'organisation');
    ELSE
      IF NOT records_are_kept_by_the_maintainer(CASE TG_OP WHEN 'INSERT' THEN nearest_keeper(NEW.parent_id) ELSE maintainer(OLD.id) END) THEN
        PERFORM refuse('records_are_kept_by_the_maintainer', 'organisation');
      END IF;
      PERFORM refuse_unless('what_is_abolished_is_read_only', TG_OP = 'INSERT' OR OLD.ended IS NULL, NULL, 'organisation');
      IF TG_OP = 'INSERT' OR (OLD.parent_id, OLD.code, OLD.name, OLD.kind, OLD.can_admit, OLD.ended) IS DISTINCT FROM (NEW.parent_id, NEW.code, NEW.name, NEW.kind, NEW.can_admit, NEW.ended) THEN
        PERFORM refuse_unless('structure_changes_by_an_order', structure_changes_by_an_order(), NULL, 'organisation');
      END IF;
    END IF;
  END IF;
  IF NEW.ended IS NULL AND EXISTS (SELECT FROM organisation o JOIN organisation_kind k ON k.code = o.kind WHERE o.id = NEW.parent_id AND k.holds_members) THEN
    PERFORM refuse('organisation_sits_where_it_may', 'organisation', 'parent_id');   -- a branch holds members, never organisations
  END IF;
  IF NEW.intake = 'stock' THEN
    IF EXISTS (SELECT FROM organisation o WHERE o.name = NEW.name AND o.ended IS NULL AND o.id <> NEW.id AND o.intake = 'registered') THEN
      faults := faults || 'organisation_name_is_unique|'::text;
    END IF;
    IF NOT organisation_names_its_unit(NEW.unit_situation, (SELECT count(*) FROM unit u WHERE u.organisation_id = NEW.id AND u.ended IS NULL)) THEN
      faults := faults || 'organisation_names_its_unit|'::text;
    END IF;
  END IF;
  NEW.intake := intake_after('organisation', NEW.id, TG_OP, CASE TG_OP WHEN 'UPDATE' THEN OLD.intake END, NEW.intake,
    CASE WHEN TG_OP = 'UPDATE' AND OLD.intake = 'stock' THEN organisation_faults(OLD) || ARRAY['organisation_name_is_unique|', 'organisation_names_its_unit|'] ELSE '{}' END, faults);
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_organisation_rules() IS 'Trigger: the maintainer writes, the organisation sits where it may, and no write adds a fault.';

CREATE TRIGGER organisation_keeps_the_rules BEFORE INSERT OR UPDATE ON organisation FOR EACH ROW EXECUTE FUNCTION keep_organisation_rules();
COMMENT ON TRIGGER organisation_keeps_the_rules ON organisation IS 'The maintainer writes, the organisation sits where it may, and no write adds a fault.';

CREATE FUNCTION keep_unit_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 AND NEW.organisation_id = OLD.organisation_id AND NEW.organisation_code <> OLD.organisation_code THEN
    RETURN NEW;   -- the code follows a moved organisation; nobody wrote the unit
  END IF;
  SELECT code INTO NEW.organisation_code FROM organisation WHERE id = NEW.organisation_id;
  IF NOT (TG_OP = 'INSERT' AND NEW.intake = 'stock' AND stock_comes_by_the_initial_load())
     AND NOT (records_are_kept_by_the_maintainer(maintainer(NEW.organisation_id)) AND (TG_OP = 'INSERT' OR records_are_kept_by_the_maintainer(maintainer(OLD.organisation_id))))
     AND NOT ((current_order()).id IS NOT NULL AND an_order_changes_what_it_is_about(NEW.organisation_id, NULL, NEW.organisation_code)) THEN
    PERFORM refuse('records_are_kept_by_the_maintainer', 'unit');
  END IF;
  IF NOT installs() AND (current_order()).id IS NULL AND EXISTS (SELECT FROM organisation WHERE id = NEW.organisation_id AND ended IS NOT NULL) THEN
    PERFORM refuse('what_is_abolished_is_read_only', 'unit', 'organisation_id');
  END IF;
  NEW.intake := intake_after('unit', NEW.id, TG_OP, CASE TG_OP WHEN 'UPDATE' THEN OLD.intake END, NEW.intake,
    CASE WHEN TG_OP = 'UPDATE' AND OLD.intake = 'stock' THEN unit_faults(OLD) ELSE '{}' END, unit_faults(NEW));
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_unit_rules() IS 'Trigger: the maintainer of the organisation writes, and no write adds a fault.';

CREATE TRIGGER unit_keeps_the_rules BEFORE INSERT OR UPDATE ON unit FOR EACH ROW EXECUTE FUNCTION keep_unit_rules();
COMMENT ON TRIGGER unit_keeps_the_rules ON unit IS 'The maintainer of the organisation writes, and no write adds a fault.';

CREATE FUNCTION check_units_of_organisation() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  concerned bigint[] := CASE TG_TABLE_NAME WHEN 'unit' THEN ARRAY[to_jsonb(NEW) ->> 'organisation_id', to_jsonb(OLD) ->> 'organisation_id']::bigint[] ELSE ARRAY[NEW.id] END;
  an_id bigint;
  own organisation;
BEGIN
  FOREACH an_id IN ARRAY concerned LOOP
    SELECT * INTO own FROM organisation WHERE id = an_id;   -- by the key alone: with more conditions, a plan made for the empty table takes another index
    IF own.intake = 'registered' AND own.ended IS NULL AND NOT organisation_names_its_unit(own.unit_situation, (SELECT count(*) FROM unit
       WHERE organisation_id = own.id AND ended IS NULL AND NOT (own.unit_situation = '1' AND intake = 'stock'))) THEN   -- a unit loaded beside "same as the superior" is a fault of the unit
      PERFORM refuse('organisation_names_its_unit', 'organisation', 'unit_situation');
    END IF;
    IF own.intake = 'stock' AND TG_TABLE_NAME = 'unit' THEN
      UPDATE organisation SET intake = intake WHERE id = own.id;   -- looks again: the unit may have been all that was missing
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION check_units_of_organisation() IS 'Trigger: at commit, the units of a registered organisation agree with its unit relation, and stock that only lacked its unit is promoted.';

CREATE CONSTRAINT TRIGGER organisation_agrees_with_its_units AFTER INSERT OR UPDATE ON organisation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_units_of_organisation();
COMMENT ON TRIGGER organisation_agrees_with_its_units ON organisation IS 'The unit relation of an organisation agrees with its units when the act ends.';
CREATE CONSTRAINT TRIGGER unit_agrees_with_its_organisation AFTER INSERT OR UPDATE ON unit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_units_of_organisation();
COMMENT ON TRIGGER unit_agrees_with_its_organisation ON unit IS 'The units of an organisation agree with its unit relation when the act ends.';

CREATE FUNCTION an_organisation_ends_empty(an_organisation_id bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN NOT EXISTS (SELECT FROM organisation WHERE parent_id = an_organisation_id AND ended IS NULL)
   AND NOT EXISTS (SELECT FROM branch_count WHERE branch_id = an_organisation_id AND kept > 0);
COMMENT ON FUNCTION an_organisation_ends_empty(bigint) IS 'An organisation is abolished only when it has no active organisations below it and no members on its roll: move them first.';

-- Codes -----------------------------------------------------------------------------------------------------------------

CREATE FUNCTION check_organisation_place() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  own organisation;
BEGIN
  SELECT * INTO own FROM organisation WHERE id = NEW.id;
  IF left(own.code, -3) IS DISTINCT FROM coalesce((SELECT code FROM organisation WHERE id = own.parent_id), '')
     OR EXISTS (SELECT FROM organisation WHERE parent_id = own.id AND left(code, -3) <> own.code) THEN
    PERFORM refuse('code_follows_the_superior', 'organisation', 'parent_id');
  END IF;
  IF own.ended IS NOT NULL AND NOT an_organisation_ends_empty(own.id) THEN
    PERFORM refuse('an_organisation_ends_empty', 'organisation', 'ended');
  END IF;
  IF own.ended IS NULL AND EXISTS (SELECT FROM organisation WHERE id = own.parent_id AND ended IS NOT NULL) THEN
    PERFORM refuse('an_organisation_ends_empty', 'organisation', 'parent_id');
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.kind <> OLD.kind THEN   -- what stands below was placed under the former kind
    IF EXISTS (SELECT FROM organisation o WHERE o.parent_id = own.id AND o.ended IS NULL AND o.intake = 'registered' AND NOT organisation_sits_where_it_may(o.kind, own.kind)) THEN
      PERFORM refuse('organisation_sits_where_it_may', 'organisation', 'kind');
    END IF;
    IF EXISTS (SELECT FROM branch_count WHERE branch_id = own.id AND kept > 0) AND NOT (SELECT holds_members FROM organisation_kind WHERE code = own.kind) THEN
      PERFORM refuse('a_member_stands_in_a_branch', 'organisation', 'kind');
    END IF;
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.kind, NEW.can_admit) <> (OLD.kind, OLD.can_admit)
     AND EXISTS (SELECT FROM post p WHERE p.organisation_id = own.id AND p.closed IS NULL AND NOT a_post_has_the_level_of_its_organisation(p.level, own.id)) THEN
    PERFORM refuse('a_post_has_the_level_of_its_organisation', 'post', 'level');
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION check_organisation_place() IS 'Trigger: at commit, codes are the superior''s code and three characters, which also rules out a circle; an abolished organisation is empty; and a new kind suits what stands below.';

CREATE CONSTRAINT TRIGGER code_follows_the_superior AFTER INSERT OR UPDATE ON organisation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_organisation_place();
COMMENT ON TRIGGER code_follows_the_superior ON organisation IS 'An organisation stands under its superior: its code is the superior''s code and three characters more, and no organisation is its own superior.';

CREATE FUNCTION keep_organisation_codes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows n JOIN organisation_code c ON c.code = n.code AND c.organisation_id <> n.id) THEN
    PERFORM refuse(TG_NAME, 'organisation', 'code');
  END IF;
  INSERT INTO organisation_code (code, organisation_id) SELECT code, id FROM new_rows ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION keep_organisation_codes() IS 'Trigger: records every code given and refuses one that another organisation ever had.';

CREATE TRIGGER a_code_is_never_given_to_another AFTER INSERT ON organisation REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION keep_organisation_codes();
COMMENT ON TRIGGER a_code_is_never_given_to_another ON organisation IS 'A code is never given to another organisation, not even when its first owner has ended or moved.';
CREATE TRIGGER a_new_code_is_never_anothers AFTER UPDATE ON organisation REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION keep_organisation_codes();
COMMENT ON TRIGGER a_new_code_is_never_anothers ON organisation IS 'A code is never given to another organisation, not even when its first owner has ended or moved.';

CREATE FUNCTION code_after(last text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN left(last, -3) || CASE
  WHEN right(last, 3) COLLATE "C" < '999' THEN lpad((right(last, 3)::int + 1)::text, 3, '0')
  WHEN right(last, 3) = '999' THEN 'A00'
  WHEN right(last, 2) COLLATE "C" < '99' THEN left(right(last, 3), 1) || lpad((right(last, 2)::int + 1)::text, 2, '0')
  ELSE chr(ascii(left(right(last, 3), 1)) + 1) || '00' END;
COMMENT ON FUNCTION code_after(text) IS 'The code that follows another under the same superior: digits first, then a letter and two digits.';

CREATE FUNCTION next_code(a_parent_id bigint) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  superior text;
  last text;
BEGIN
  SELECT code INTO superior FROM organisation WHERE id = a_parent_id AND within_scope(code) FOR UPDATE;   -- two at once wait for each other
  IF superior IS NULL THEN RETURN NULL; END IF;
  SELECT right(max(code), 3) INTO last FROM organisation_code WHERE code >= superior || '0' AND code < superior || '~' AND length(code) = length(superior) + 3;
  RETURN superior || code_after(coalesce(last, '000'));
END $$;
COMMENT ON FUNCTION next_code(bigint) IS 'The next free code under a superior inside the acting scope, NULL outside it; locks the superior until the transaction ends.';

-- Posts -----------------------------------------------------------------------------------------------------------------

CREATE FUNCTION level_of(an_organisation_id bigint) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (SELECT CASE WHEN o.can_admit THEN coalesce(k.level_with_admission, k.level) ELSE k.level END
          FROM organisation o JOIN organisation_kind k ON k.code = o.kind WHERE o.id = an_organisation_id);
COMMENT ON FUNCTION level_of(bigint) IS 'The level of ordinary posts at an organisation, from its kind and admission authority; NULL where it has none.';

CREATE FUNCTION a_post_has_the_level_of_its_organisation(level text, an_organisation_id bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN CASE WHEN (SELECT technical FROM level l WHERE l.code = a_post_has_the_level_of_its_organisation.level)
  THEN level_of(an_organisation_id) IN ('central', 'province', 'city', 'county') ELSE level = level_of(an_organisation_id) END IS TRUE;
COMMENT ON FUNCTION a_post_has_the_level_of_its_organisation(text, bigint) IS 'A post has the level of its organisation''s kind; auditors and technical administrators stand at a local committee.';

CREATE FUNCTION posts_are_given_from_above(a_level text, an_organisation_code text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN installs() OR CASE WHEN (SELECT technical FROM level WHERE code = a_level) THEN holds('S2', 'W')
  ELSE starts_with(an_organisation_code, acting_station()) AND an_organisation_code <> acting_station() AND NOT (SELECT technical FROM level WHERE code = acting_level()) END IS TRUE;
COMMENT ON FUNCTION posts_are_given_from_above(text, text) IS 'Posts are opened and given from above: inside one''s own subtree, never at one''s own organisation or above it; technical posts only by the security administrator.';

CREATE FUNCTION nobody_grants_to_themselves(an_account_id bigint) RETURNS boolean LANGUAGE sql STABLE RETURN an_account_id IS DISTINCT FROM acting_account();
COMMENT ON FUNCTION nobody_grants_to_themselves(bigint) IS 'Nobody gives a post to themselves: ask the superior organisation.';

CREATE FUNCTION technical_posts_stand_alone(an_account_id bigint, own_tenure bigint, a_level text, a_since date, an_until date) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN NOT EXISTS (SELECT FROM tenure t JOIN post p ON p.id = t.post_id JOIN level l ON l.code = p.level
  WHERE t.account_id = an_account_id AND t.id <> own_tenure AND daterange(t.since, t.until, '[]') && daterange(a_since, an_until, '[]')
    AND (l.technical OR (SELECT technical FROM level WHERE code = a_level)));
COMMENT ON FUNCTION technical_posts_stand_alone(bigint, bigint, text, date, date) IS 'System, security and audit administrators and business auditors hold no other post, so that nobody checks their own work.';

CREATE FUNCTION nobody_is_granted_while_it_moves(an_organisation_code text) RETURNS boolean LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM change_order c JOIN organisation o ON o.id = c.organisation_id WHERE c.kind = 'move' AND c.state = 'draft' AND starts_with(an_organisation_code, o.code));
COMMENT ON FUNCTION nobody_is_granted_while_it_moves(text) IS 'While the transfer of this organisation as a whole is open nobody is given a post there: apply or withdraw that order first.';

CREATE FUNCTION keep_post_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.level, NEW.organisation_id, NEW.closed) IS NOT DISTINCT FROM (OLD.level, OLD.organisation_id, OLD.closed) THEN
    RETURN NEW;   -- the code follows a moved organisation
  END IF;
  SELECT code INTO NEW.organisation_code FROM organisation WHERE id = NEW.organisation_id;
  IF NEW.closed IS NULL AND NOT a_post_has_the_level_of_its_organisation(NEW.level, NEW.organisation_id) THEN
    PERFORM refuse('a_post_has_the_level_of_its_organisation', 'post', 'level');
  END IF;
  IF NOT posts_are_given_from_above(NEW.level, NEW.organisation_code) OR (TG_OP = 'UPDATE' AND NOT posts_are_given_from_above(OLD.level, OLD.organisation_code)) THEN
    PERFORM refuse('posts_are_given_from_above', 'post', 'organisation_id');
  END IF;
  IF NEW.closed IS NULL AND NOT nobody_is_granted_while_it_moves(NEW.organisation_code) THEN PERFORM refuse('nobody_is_granted_while_it_moves', 'post', 'organisation_id'); END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_post_rules() IS 'Trigger: a post has the level of its organisation and is opened from above.';

CREATE TRIGGER post_keeps_the_rules BEFORE INSERT OR UPDATE ON post FOR EACH ROW EXECUTE FUNCTION keep_post_rules();
COMMENT ON TRIGGER post_keeps_the_rules ON post IS 'A post has the level of its organisation and is opened from above.';

CREATE FUNCTION a_tenure_stays_with_its_holder() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION a_tenure_stays_with_its_holder() IS 'A tenure keeps its account and its post: end it, and give a new one.';

CREATE FUNCTION keep_tenure_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  the_post post;
BEGIN
  SELECT * INTO the_post FROM post WHERE id = NEW.post_id;
  PERFORM FROM account WHERE id = NEW.account_id FOR NO KEY UPDATE;   -- two tenures given at once would not see each other
  IF TG_OP = 'UPDATE' AND (NEW.account_id, NEW.post_id) <> (OLD.account_id, OLD.post_id) THEN
    PERFORM refuse('a_tenure_stays_with_its_holder', 'tenure', CASE WHEN NEW.post_id <> OLD.post_id THEN 'post_id' ELSE 'account_id' END);
  END IF;
  IF NOT nobody_grants_to_themselves(NEW.account_id) THEN PERFORM refuse('nobody_grants_to_themselves', 'tenure', 'account_id'); END IF;
  IF NOT posts_are_given_from_above(the_post.level, the_post.organisation_code) THEN PERFORM refuse('posts_are_given_from_above', 'tenure', 'post_id'); END IF;
  IF (TG_OP = 'INSERT' OR coalesce(NEW.until, 'infinity') > coalesce(OLD.until, 'infinity')) AND NOT nobody_is_granted_while_it_moves(the_post.organisation_code) THEN
    PERFORM refuse('nobody_is_granted_while_it_moves', 'tenure', 'post_id');
  END IF;
  IF NEW.until >= NEW.since IS NOT FALSE AND NOT technical_posts_stand_alone(NEW.account_id, NEW.id, the_post.level, NEW.since, NEW.until) THEN PERFORM refuse('technical_posts_stand_alone', 'tenure', 'post_id'); END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_tenure_rules() IS 'Trigger: a post is given from above, not to oneself, and a technical post stands alone.';

CREATE TRIGGER tenure_keeps_the_rules BEFORE INSERT OR UPDATE ON tenure FOR EACH ROW EXECUTE FUNCTION keep_tenure_rules();
COMMENT ON TRIGGER tenure_keeps_the_rules ON tenure IS 'A post is given from above, not to oneself, and a technical post stands alone.';

CREATE FUNCTION fields_are_delegated_from_above(branch_code text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN installs() OR (starts_with(branch_code, acting_station()) AND branch_code <> acting_station() AND NOT (SELECT technical FROM level WHERE code = acting_level())) IS TRUE;
COMMENT ON FUNCTION fields_are_delegated_from_above(text) IS 'Fields are delegated to a branch by a superior organisation, never by the branch itself.';

CREATE FUNCTION keep_delegation_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 THEN RETURN NEW; END IF;   -- the code follows a moved branch
  SELECT code INTO NEW.branch_code FROM organisation WHERE id = NEW.branch_id;
  IF NOT fields_are_delegated_from_above(NEW.branch_code) OR (TG_OP = 'UPDATE' AND NOT fields_are_delegated_from_above(OLD.branch_code)) THEN
    PERFORM refuse('fields_are_delegated_from_above', 'field_delegation', 'branch_id');
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_delegation_rules() IS 'Trigger: fields are delegated from above; fills the code of the branch.';

CREATE TRIGGER delegation_keeps_the_rules BEFORE INSERT OR UPDATE ON field_delegation FOR EACH ROW EXECUTE FUNCTION keep_delegation_rules();
COMMENT ON TRIGGER delegation_keeps_the_rules ON field_delegation IS 'Fields are delegated from above; fills the code of the branch.';

CREATE FUNCTION keep_account_code() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  SELECT code INTO NEW.organisation_code FROM organisation WHERE id = NEW.organisation_id;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_account_code() IS 'Trigger: fills the code of the account''s organisation.';

CREATE TRIGGER account_takes_its_code BEFORE INSERT OR UPDATE OF organisation_id ON account FOR EACH ROW EXECUTE FUNCTION keep_account_code();
COMMENT ON TRIGGER account_takes_its_code ON account IS 'Fills the code of the account''s organisation.';

-- Key fields rest on evidence ---------------------------------------------------------------------------------------------

CREATE FUNCTION demand_evidence() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  key_field text;
  act transaction;
BEGIN
  SELECT t.* INTO act FROM member_version v JOIN transaction t ON t.id = v.transaction_id WHERE v.id = NEW.id AND v.ver = NEW.ver;
  FOREACH key_field IN ARRAY array_remove(ARRAY[
    CASE WHEN OLD.birth_date IS DISTINCT FROM NEW.birth_date THEN 'birth_date' END, CASE WHEN OLD.join_date IS DISTINCT FROM NEW.join_date THEN 'join_date' END,
    CASE WHEN OLD.full_date IS DISTINCT FROM NEW.full_date THEN 'full_date' END, CASE WHEN OLD.id_number IS DISTINCT FROM NEW.id_number THEN 'id_number' END], NULL)
  LOOP
    CONTINUE WHEN EXISTS (SELECT FROM evidence e WHERE e.subject_id = NEW.id AND e.field = key_field AND e.transaction_id = act.id);
    IF act.document_id IS NULL THEN PERFORM refuse(TG_NAME, 'member', key_field); END IF;
    INSERT INTO evidence (transaction_id, subject_id, field, document_id) VALUES (act.id, NEW.id, key_field, act.document_id);
  END LOOP;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION demand_evidence() IS 'Trigger: each changed key field has its evidence of the same act; the act''s own document is the default.';

CREATE CONSTRAINT TRIGGER key_fields_rest_on_evidence AFTER UPDATE ON member DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.birth_date, OLD.join_date, OLD.full_date, OLD.id_number) IS DISTINCT FROM (NEW.birth_date, NEW.join_date, NEW.full_date, NEW.id_number))
  EXECUTE FUNCTION demand_evidence();
COMMENT ON TRIGGER key_fields_rest_on_evidence ON member IS 'A change of birth date, joining date, conversion date or ID number needs the document it rests on: give its number, or attach it.';

CREATE FUNCTION check_document_content() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM current_act();
  IF encode(sha256(NEW.content), 'hex') IS DISTINCT FROM (SELECT sha256 FROM document WHERE id = NEW.document_id) THEN
    PERFORM refuse(TG_NAME, 'document_content', 'content');
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION check_document_content() IS 'Trigger: the bytes are those whose digest the document names.';

CREATE TRIGGER content_has_the_digest_of_its_document BEFORE INSERT ON document_content FOR EACH ROW EXECUTE FUNCTION check_document_content();
COMMENT ON TRIGGER content_has_the_digest_of_its_document ON document_content IS 'The file is not the one that the document names: its digest differs.';

CREATE FUNCTION a_document_is_kept_at_or_above_the_branch(document_id bigint, branch_code text) RETURNS boolean LANGUAGE sql STABLE
RETURN NOT EXISTS (SELECT FROM document d JOIN organisation o ON o.id = d.organisation_id WHERE d.id = document_id AND NOT starts_with(branch_code, o.code));
COMMENT ON FUNCTION a_document_is_kept_at_or_above_the_branch(bigint, text) IS 'This document is kept by an organisation that the member does not stand under: name one of the branch itself or of an organisation above it.';

CREATE FUNCTION keep_proof_rules() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  place CONSTANT text := code_of(NEW.subject, NEW.subject_id);
BEGIN
  -- With the eyes of the writer: of what lies out of sight, row security says no more than that it does.
  IF NOT undoes_an_act() AND within_scope(place) AND NOT a_document_is_kept_at_or_above_the_branch(NEW.document_id, place) THEN
    PERFORM refuse('a_document_is_kept_at_or_above_the_branch', TG_TABLE_NAME, 'document_id');
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_proof_rules() IS 'Trigger: what proves something of a record is kept where it stands or above.';
CREATE TRIGGER evidence_keeps_the_rules BEFORE INSERT ON evidence FOR EACH ROW EXECUTE FUNCTION keep_proof_rules();
COMMENT ON TRIGGER evidence_keeps_the_rules ON evidence IS 'A document proves something of a member who stands under its keeper.';
CREATE TRIGGER exception_keeps_the_rules BEFORE INSERT ON rule_exception FOR EACH ROW EXECUTE FUNCTION keep_proof_rules();
COMMENT ON TRIGGER exception_keeps_the_rules ON rule_exception IS 'A document excuses a record that stands under its keeper.';

-- Reports -----------------------------------------------------------------------------------------------------------------

DO $$
DECLARE
  written text[] := pg_temp.columns_of('member', '{id,id_key,ver}');
  columns text := (SELECT string_agg(quote_ident(c), ', ') FROM unnest(written) c);
  new_values text := (SELECT string_agg('n.' || quote_ident(c), ', ') FROM unnest(written) c);
BEGIN
  -- In PL/pgSQL, which keeps the plan of so many columns from one report of a batch to the next.
  EXECUTE format('CREATE FUNCTION add_member(n member) RETURNS bigint LANGUAGE plpgsql AS $f$ DECLARE made bigint; BEGIN INSERT INTO member (%s) VALUES (%s) RETURNING id INTO made; RETURN made; END $f$', columns, new_values);
  EXECUTE format('CREATE FUNCTION change_member(n member) RETURNS void LANGUAGE plpgsql AS $f$ BEGIN UPDATE member SET (%s) = ROW(%s) WHERE id = n.id; END $f$', columns, new_values);
END $$;
COMMENT ON FUNCTION add_member(member) IS 'Enters a whole row as a new member and returns its key; with the rights of the caller.';
COMMENT ON FUNCTION change_member(member) IS 'Gives a member all values of a row; with the rights of the caller.';

CREATE FUNCTION member_after(r report, m member) RETURNS member LANGUAGE sql STABLE AS $$
  SELECT jsonb_populate_record(m, CASE jsonb_typeof(r.items) WHEN 'object' THEN r.items ELSE '{}' END
    || CASE WHEN r.began_by IS NULL THEN '{}' ELSE jsonb_build_object('began_by', r.began_by) END
    || CASE WHEN r.ended_by IS NULL THEN '{}' ELSE jsonb_build_object('ended_by', r.ended_by) END
    || CASE WHEN k.becomes IS NULL THEN '{}' ELSE jsonb_build_object('status', k.becomes, 'since', r.event_date) END
    || CASE WHEN m.id IS NULL THEN jsonb_build_object('intake', 'registered', 'status', '1', 'since', r.event_date) ELSE '{}' END
    || CASE WHEN m.id IS NULL OR NOT s.is_kept THEN jsonb_build_object('branch_id', r.branch_id, 'branch_code', r.branch_code) ELSE '{}' END
    || CASE r.kind WHEN 'admission' THEN jsonb_build_object('person_type', '2', 'join_date', r.event_date)
                   WHEN 'conversion' THEN jsonb_build_object('person_type', '1', 'full_date', r.event_date) ELSE '{}' END)
    FROM report_kind k LEFT JOIN membership_status s ON s.code = coalesce(m.status, '1') WHERE k.code = r.kind
$$;
COMMENT ON FUNCTION member_after(report, member) IS 'The member row as a report would make it; of nobody (NULL) for a new member.';

CREATE FUNCTION items_masked(items jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN items || coalesce((SELECT jsonb_object_agg(key, CASE key WHEN 'id_number' THEN id_number_masked(value) ELSE phone_masked(value) END)
  FROM jsonb_each_text(items) WHERE key IN ('id_number', 'mobile', 'landline') AND value IS NOT NULL), '{}');
COMMENT ON FUNCTION items_masked(jsonb) IS 'The items that a report brings, with the numbers of people masked.';

CREATE FUNCTION steps_with(a_function text, a_letter text, was text) RETURNS boolean LANGUAGE sql STABLE
RETURN CASE WHEN was <> 'new' AND coalesce(acting_level() = 'branch', false) THEN a_letter = 'R' AND (holds(a_function, 'R') OR holds(a_function, 'W')) ELSE holds(a_function, a_letter) END;
COMMENT ON FUNCTION steps_with(text, text, text) IS 'Whether the acting post takes steps with a letter; a branch that may write items itself still only reports, and never judges its own report.';

CREATE FUNCTION a_report_takes_a_legal_step(state text, was text, kind text) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM report_step s JOIN report_kind k ON k.code = kind WHERE s.was = a_report_takes_a_legal_step.was AND s.becomes = state AND steps_with(k.function, s.letter, s.was));
COMMENT ON FUNCTION a_report_takes_a_legal_step(text, text, text) IS 'Your post cannot take this step with the report, or the report has moved on in the meantime: read its state, and who holds it.';

CREATE FUNCTION a_report_is_about_a_member_of_its_branch(member_id bigint, branch_id bigint, kind text) RETURNS boolean LANGUAGE sql STABLE
RETURN CASE WHEN kind IN ('admission', 'addition') THEN member_id IS NULL
  ELSE EXISTS (SELECT FROM member m JOIN membership_status s ON s.code = coalesce(m.status, '1') WHERE m.id = member_id AND (m.branch_id = a_report_is_about_a_member_of_its_branch.branch_id OR NOT s.is_kept) AND within_scope(m.branch_code)) END;
COMMENT ON FUNCTION a_report_is_about_a_member_of_its_branch(bigint, bigint, text) IS 'A report is about a member who stands in its branch; a new member has no record yet.';

CREATE FUNCTION a_report_is_about_somebody_on_a_roll(status text, kind text) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM report_kind k WHERE k.code = kind AND k.becomes IS NOT NULL) OR (SELECT s.is_kept FROM membership_status s WHERE s.code = coalesce(status, '1'));
COMMENT ON FUNCTION a_report_is_about_somebody_on_a_roll(text, text) IS 'This person is on no roll any more.';

CREATE FUNCTION an_event_follows_the_joining(event_date date, join_date date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(event_date >= join_date, true);
COMMENT ON FUNCTION an_event_follows_the_joining(date, date) IS 'The date of the event lies before the joining date: check both.';

CREATE FUNCTION a_report_brings_items_of_its_kind(items jsonb, kind text) RETURNS boolean LANGUAGE sql STABLE
RETURN jsonb_typeof(items) <> 'object'   -- which report_items_are_named refuses
   OR NOT EXISTS (SELECT FROM jsonb_object_keys(items) AS k WHERE NOT EXISTS (SELECT FROM report_item i WHERE i.report_kind = kind AND i.field = k))
   AND NOT EXISTS (SELECT FROM report_item i WHERE i.report_kind = kind AND i.needed AND coalesce(items -> i.field, 'null') = 'null')
   AND (items <> '{}' OR NOT EXISTS (SELECT FROM report_item i WHERE i.report_kind = kind));
COMMENT ON FUNCTION a_report_brings_items_of_its_kind(jsonb, text) IS 'Fill in the items that this report needs, and at least one that changes.';

CREATE FUNCTION an_entry_rests_on_a_document(document_id bigint, kind text) RETURNS boolean LANGUAGE sql STABLE
RETURN document_id IS NOT NULL OR NOT (SELECT needs_document FROM report_kind WHERE code = kind);
COMMENT ON FUNCTION an_entry_rests_on_a_document(bigint, text) IS 'Name the document before this report is entered: its number is enough, the scan may follow.';

CREATE FUNCTION what_was_entered_is_undone_not_rewritten() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION what_was_entered_is_undone_not_rewritten() IS 'A report keeps its member, its branch and its kind; what was entered is undone or reported anew, not rewritten.';

CREATE FUNCTION keep_report_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  course CONSTANT text[] := '{state,answer,document_id,paused_on,paused_days,entry_from,report_due,entry_due,is_provisional,entered_on,branch_code,ver}';
  content CONSTANT text[] := '{event_date,began_by,ended_by,items,facts,reported_on}';
  was text := 'new';
  m member;
  n member;
  broken text;
BEGIN
  IF undoes_an_act() OR (TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 AND NEW.branch_code <> OLD.branch_code) THEN RETURN NEW; END IF;   -- the code follows a moved branch
  IF TG_OP = 'INSERT' THEN
    SELECT code INTO NEW.branch_code FROM organisation WHERE id = NEW.branch_id;
    NEW.by_branch := coalesce(acting_level() = 'branch', false) OR (installs() AND NEW.by_branch);
    NEW.entry_from := NEW.reported_on;
    PERFORM refuse_unless('a_change_of_status_has_happened', a_change_of_status_has_happened(NEW.reported_on, current_date), 'reported_on');
  ELSE
    was := OLD.state;
    PERFORM refuse_unless('what_was_entered_is_undone_not_rewritten', to_jsonb(NEW) - course = to_jsonb(OLD) - course
      OR (OLD.state IN ('reported', 'accepted', 'returned') AND to_jsonb(NEW) - course - content = to_jsonb(OLD) - course - content), NULL);
  END IF;
  IF pg_trigger_depth() = 1 THEN PERFORM refuse_unless('a_report_takes_a_legal_step', a_report_takes_a_legal_step(NEW.state, was, NEW.kind), 'state'); END IF;
  PERFORM refuse_unless('an_act_rests_on_a_document_in_scope', NEW.document_id IS NULL OR (TG_OP = 'UPDATE' AND NEW.document_id IS NOT DISTINCT FROM OLD.document_id)
    OR EXISTS (SELECT FROM document d WHERE d.id = NEW.document_id AND within_scope(code_of('organisation', d.organisation_id))), 'document_id');
  PERFORM refuse_unless('a_document_is_kept_at_or_above_the_branch', a_document_is_kept_at_or_above_the_branch(NEW.document_id, NEW.branch_code), 'document_id');
  NEW.entry_from := CASE WHEN was = 'returned' AND NEW.state = 'reported' THEN current_date ELSE NEW.entry_from END;
  IF was = 'paused' AND NEW.state <> 'paused' THEN NEW.paused_days := NEW.paused_days + workdays_between(OLD.paused_on, current_date); END IF;
  NEW.paused_on := CASE WHEN NEW.state = 'paused' THEN CASE WHEN was = 'paused' THEN OLD.paused_on ELSE current_date END END;
  NEW.report_due := add_workdays(NEW.event_date, limit_on('report', NEW.event_date));
  NEW.entry_due := add_workdays(NEW.entry_from, limit_on('entry', NEW.entry_from) + NEW.paused_days);
  NEW.is_provisional := NOT calendar_is_published(date_part('year', NEW.report_due)::int) OR NOT calendar_is_published(date_part('year', NEW.entry_due)::int);
  -- A calendar that moves due dates asks nothing of the reports themselves.
  IF NEW.state NOT IN ('reported', 'accepted', 'entered') OR was IN ('entered', 'questioned') OR (pg_trigger_depth() > 1 AND NEW.state = was) THEN
    NEW.entered_on := CASE WHEN NEW.state IN ('entered', 'questioned') THEN OLD.entered_on END;
    RETURN NEW;
  END IF;

  -- Whatever would be refused when it is entered is refused now, while the branch can still put it right.
  PERFORM refuse_unless('a_change_of_status_has_happened', a_change_of_status_has_happened(NEW.event_date, current_date), 'event_date');
  PERFORM refuse_unless('a_matter_is_reported_once', NOT (was = 'new' AND NEW.state = 'entered')
    OR NOT EXISTS (SELECT FROM report r WHERE r.member_id = NEW.member_id AND r.kind = NEW.kind AND r.state IN ('reported', 'accepted', 'paused', 'returned')), 'member_id');
  PERFORM refuse_unless('a_report_is_about_a_member_of_its_branch', a_report_is_about_a_member_of_its_branch(NEW.member_id, NEW.branch_id, NEW.kind), 'member_id');
  PERFORM refuse_unless('a_report_brings_items_of_its_kind', a_report_brings_items_of_its_kind(NEW.items, NEW.kind),
    (SELECT i.field FROM report_item i WHERE i.report_kind = NEW.kind AND i.needed AND coalesce(NEW.items -> i.field, 'null') = 'null' ORDER BY i.position LIMIT 1), 'member');
  SELECT * INTO m FROM member WHERE id = NEW.member_id FOR NO KEY UPDATE;
  n := member_after(NEW, m);
  PERFORM refuse_unless('a_report_fits_the_type_of_person', (SELECT coalesce(k.person_type = m.person_type, true) FROM report_kind k WHERE k.code = NEW.kind), 'kind');
  PERFORM refuse_unless('status_changes_by_a_legal_event', m.id IS NULL OR (SELECT k.becomes IS NULL
    OR EXISTS (SELECT FROM status_change c WHERE c.was = coalesce(m.status, '1') AND c.becomes = k.becomes AND c.report_kind = k.code) FROM report_kind k WHERE k.code = NEW.kind), 'kind');
  IF m.id IS NOT NULL THEN
    PERFORM refuse_unless('a_report_is_about_somebody_on_a_roll', a_report_is_about_somebody_on_a_roll(m.status, NEW.kind), 'kind');
    PERFORM refuse_unless('an_event_follows_the_joining', an_event_follows_the_joining(NEW.event_date, n.join_date), 'event_date');
    PERFORM refuse_unless('probation_is_extended_once', NEW.kind <> 'extension' OR m.probation_until IS NULL, 'probation_until', 'member');
    PERFORM refuse_unless('a_spell_ends_after_it_began', n.status IS NOT DISTINCT FROM m.status OR a_spell_ends_after_it_began(NEW.event_date, last_turn(m.id)), 'event_date');
  END IF;
  IF m.id IS NULL THEN
    PERFORM intake_after('member', NULL, 'INSERT', NULL, 'registered', '{}', member_faults(n, current_date) || number_fault(NULL, n.id_number, NEW.state <> 'entered'));
    PERFORM refuse_unless('a_return_names_its_reason', EXISTS (SELECT FROM entry_reason e WHERE e.code = NEW.began_by AND e.report_kind = NEW.kind), 'began_by');
  ELSE
    broken := member_change_fault(m, n, current_date);
    IF broken IS NOT NULL THEN PERFORM refuse_faults('report', NEW.id, ARRAY[broken]); END IF;
    PERFORM intake_after('member', m.id, 'UPDATE', m.intake, n.intake, member_faults(m, current_date), member_faults(n, current_date));
  END IF;
  IF NEW.state <> 'entered' THEN RETURN NEW; END IF;

  PERFORM refuse_unless('an_entry_rests_on_a_document', an_entry_rests_on_a_document(NEW.document_id, NEW.kind), 'document_id');
  NEW.entered_on := current_date;
  IF m.id IS NULL THEN
    NEW.member_id := add_member(n);
  ELSE
    PERFORM change_member(n);
    INSERT INTO evidence (subject_id, field, document_id) SELECT m.id, f.name, NEW.document_id
      FROM (VALUES ('birth_date', m.birth_date IS DISTINCT FROM n.birth_date), ('join_date', m.join_date IS DISTINCT FROM n.join_date),
        ('full_date', m.full_date IS DISTINCT FROM n.full_date), ('id_number', m.id_number IS DISTINCT FROM n.id_number)) AS f (name, differs)
     WHERE f.differs AND NEW.document_id IS NOT NULL ON CONFLICT DO NOTHING;
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_report_rules() IS 'Trigger: a report takes legal steps, keeps its clocks, is refused early for what its entry would be refused for, and when it is entered writes the member in the same transaction.';

CREATE FUNCTION a_report_fits_the_type_of_person() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION a_report_fits_the_type_of_person() IS 'This does not happen to members of this type: probationary members are converted, extended or cancelled, full members are suspended.';

CREATE TRIGGER report_keeps_the_rules BEFORE INSERT OR UPDATE ON report FOR EACH ROW EXECUTE FUNCTION keep_report_rules();
COMMENT ON TRIGGER report_keeps_the_rules ON report IS 'A report takes legal steps; entering it writes the member.';

CREATE FUNCTION move_due_dates() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE report r SET entry_due = r.entry_due WHERE r.state IN ('reported', 'accepted', 'paused', 'returned')
    AND (r.is_provisional OR r.entry_due >= (SELECT min(day) FROM new_rows));
  UPDATE change_order o SET entry_due = o.entry_due WHERE o.state = 'draft' AND (o.is_provisional OR o.entry_due >= (SELECT min(day) FROM new_rows));
  RETURN NULL;
END $$;
COMMENT ON FUNCTION move_due_dates() IS 'Trigger: the due dates of open reports and orders are counted again when the calendar changes.';
CREATE TRIGGER due_dates_follow_new_days AFTER INSERT ON calendar_day REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION move_due_dates();
COMMENT ON TRIGGER due_dates_follow_new_days ON calendar_day IS 'The due dates of open reports and orders are counted again.';
CREATE TRIGGER due_dates_follow_changed_days AFTER UPDATE ON calendar_day REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION move_due_dates();
COMMENT ON TRIGGER due_dates_follow_changed_days ON calendar_day IS 'The due dates of open reports and orders are counted again.';

CREATE FUNCTION document_is_in_reach(a_document_id bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM document d WHERE d.id = a_document_id AND within_scope(code_of('organisation', d.organisation_id)))
      OR EXISTS (SELECT FROM evidence e WHERE e.document_id = a_document_id AND within_scope(code_of('member', e.subject_id)))
      OR EXISTS (SELECT FROM report r WHERE r.document_id = a_document_id AND within_scope(r.branch_code))
$$;
COMMENT ON FUNCTION document_is_in_reach(bigint) IS 'Whether a document is kept in the acting scope, or proves something of a member there.';

CREATE FUNCTION keep_document_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT document_is_in_reach(NEW.supersedes) OR EXISTS (SELECT FROM document d WHERE d.id = NEW.supersedes AND d.kind = 'workbook') THEN
    PERFORM refuse(TG_NAME, 'document', 'supersedes');
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_document_rules() IS 'Trigger: a document supersedes one in reach.';

CREATE TRIGGER a_document_supersedes_one_in_reach BEFORE INSERT ON document FOR EACH ROW WHEN (NEW.supersedes IS NOT NULL) EXECUTE FUNCTION keep_document_rules();
COMMENT ON TRIGGER a_document_supersedes_one_in_reach ON document IS 'The document to be superseded does not exist, lies outside your scope, or is the workbook of an import, which stays as it is.';

CREATE FUNCTION move_due_dates_to_new_limits() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE report r SET entry_due = r.entry_due WHERE r.state IN ('reported', 'accepted', 'paused', 'returned')
    AND greatest(r.event_date, r.entry_from) >= (SELECT min(valid_from) FROM new_rows);
  UPDATE change_order o SET entry_due = o.entry_due WHERE o.state = 'draft';
  RETURN NULL;
END $$;
COMMENT ON FUNCTION move_due_dates_to_new_limits() IS 'Trigger: the due dates of open reports and orders are counted again when a time limit is set.';
CREATE TRIGGER due_dates_follow_new_limits AFTER INSERT ON time_limit REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION move_due_dates_to_new_limits();
COMMENT ON TRIGGER due_dates_follow_new_limits ON time_limit IS 'The due dates of open reports and orders are counted again.';

-- Many at once: the rules are asked row by row only where the batch as a whole was refused.
CREATE FUNCTION enter_many(a_kind text, ids bigint[], a_day date, a_document_id bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  reported bigint[];
  made bigint;
BEGIN
  WITH entered AS (
    UPDATE report SET state = 'entered', document_id = coalesce(a_document_id, document_id)
     WHERE kind = a_kind AND member_id = ANY (ids) AND state IN ('reported', 'accepted') RETURNING member_id)
  SELECT coalesce(array_agg(member_id), '{}') INTO reported FROM entered;
  INSERT INTO report (kind, member_id, branch_id, branch_code, event_date, document_id, state)
  SELECT a_kind, m.id, m.branch_id, m.branch_code, a_day, a_document_id, 'entered' FROM member m
   WHERE m.id = ANY (ids) AND m.id <> ALL (reported) ORDER BY m.id;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN cardinality(reported) + made;
END $$;
COMMENT ON FUNCTION enter_many(text, bigint[], date, bigint) IS 'Enters one thing for many members on one document: reports that wait are entered, the others are made; with the rights of the caller, all or none.';

CREATE FUNCTION why_not_entered(a_kind text, ids bigint[], a_day date, a_document_id bigint) RETURNS TABLE (member_id bigint, rule text) LANGUAGE plpgsql AS $$
BEGIN
  FOREACH member_id IN ARRAY ids LOOP
    BEGIN
      rule := CASE WHEN enter_many(a_kind, ARRAY[member_id], a_day, a_document_id) = 0 THEN 'a_report_is_about_a_member_of_its_branch' END;
      SET CONSTRAINTS ALL IMMEDIATE;
      RAISE EXCEPTION USING ERRCODE = 'ZZ001';   -- only tried, never kept
    EXCEPTION
      WHEN SQLSTATE 'ZZ001' THEN IF rule IS NOT NULL THEN RETURN NEXT; END IF;
      WHEN OTHERS THEN GET STACKED DIAGNOSTICS rule = CONSTRAINT_NAME; RETURN NEXT;
    END;
  END LOOP;
END $$;
COMMENT ON FUNCTION why_not_entered(text, bigint[], date, bigint) IS 'For each member whom a batch would be refused for, the rule; nothing of the trial is kept.';

-- Spells and counts -------------------------------------------------------------------------------------------------------

CREATE FUNCTION spell_from(start date, still_open boolean) RETURNS daterange LANGUAGE sql STABLE
RETURN daterange(CASE WHEN start <= current_date THEN start END, CASE WHEN NOT still_open THEN current_date END);
COMMENT ON FUNCTION spell_from(date, boolean) IS 'The days from a start (unknown where NULL or in the future) until now or without end; empty where it would end on its first day.';

CREATE FUNCTION spell_until(during daterange, a_day date) RETURNS daterange LANGUAGE sql IMMUTABLE
RETURN CASE WHEN coalesce(lower(during) >= a_day, false) THEN 'empty' ELSE daterange(lower(during), a_day) END;
COMMENT ON FUNCTION spell_until(daterange, date) IS 'A spell closed on a day, which no longer belongs to it: empty where it began then.';

CREATE FUNCTION last_turn(a_member_id bigint) RETURNS date LANGUAGE sql STABLE
RETURN (SELECT max(coalesce(upper(s.during), lower(s.during))) FROM membership_spell s WHERE s.member_id = a_member_id AND s.replaced_at IS NULL);
COMMENT ON FUNCTION last_turn(bigint) IS 'The day on which the present branch and status of a member took effect, as known now; NULL where it is not known.';

CREATE FUNCTION a_spell_ends_after_it_began(since date, last_turn date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(since >= last_turn, true);
COMMENT ON FUNCTION a_spell_ends_after_it_began(date, date) IS 'The date lies before the day on which the present branch or status took effect; check the date, or correct the earlier entry first.';

CREATE FUNCTION restore_membership_spells(an_act bigint, a_member_id bigint DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
  UPDATE membership_spell SET replaced_at = now(), replaced_in = current_act() WHERE recorded_in = an_act AND replaced_at IS NULL AND coalesce(member_id = a_member_id, true);
  INSERT INTO membership_spell (member_id, branch_id, branch_code, status, during, began_by, ended_by)
    SELECT s.member_id, s.branch_id, o.code, s.status, s.during, s.began_by, s.ended_by FROM membership_spell s JOIN organisation o ON o.id = s.branch_id
     WHERE s.replaced_in = an_act AND s.recorded_in <> an_act AND coalesce(s.member_id = a_member_id, true)
$$;
COMMENT ON FUNCTION restore_membership_spells(bigint, bigint) IS 'What was true of memberships before an act is true again, of one member or of all; called by what undoes it.';

CREATE FUNCTION begin_membership_spells() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  act CONSTANT bigint := current_act();
BEGIN
  INSERT INTO membership_spell (member_id, branch_id, branch_code, status, during, began_by, ended_by, recorded_in)
    SELECT n.id, n.branch_id, n.branch_code, s.code, spell_from(n.join_date, s.is_kept), n.began_by, n.ended_by, act FROM new_rows n JOIN membership_status s ON s.code = coalesce(n.status, '1');
  INSERT INTO branch_count AS c (branch_id, branch_code, kept, counted, probationary, incomplete)
    SELECT n.branch_id, n.branch_code, count(*) FILTER (WHERE s.is_kept), count(*) FILTER (WHERE s.is_counted), count(*) FILTER (WHERE s.is_counted AND n.person_type = '2'),
        count(*) FILTER (WHERE s.is_kept AND n.intake = 'stock')
      FROM new_rows n JOIN membership_status s ON s.code = coalesce(n.status, '1') GROUP BY n.branch_id, n.branch_code ORDER BY n.branch_id
    ON CONFLICT (branch_id) DO UPDATE SET kept = c.kept + excluded.kept, counted = c.counted + excluded.counted, probationary = c.probationary + excluded.probationary,
      incomplete = c.incomplete + excluded.incomplete;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION begin_membership_spells() IS 'Trigger: opens the spell of each new member and counts them.';

CREATE TRIGGER memberships_are_dated_and_counted AFTER INSERT ON member REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION begin_membership_spells();
COMMENT ON TRIGGER memberships_are_dated_and_counted ON member IS 'Opens the spell of each new member and counts them in the branch.';

CREATE FUNCTION turn_membership_spell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  was membership_status;
  becomes membership_status;
  spell membership_spell;
BEGIN
  SELECT * INTO was FROM membership_status WHERE code = coalesce(OLD.status, '1');
  SELECT * INTO becomes FROM membership_status WHERE code = coalesce(NEW.status, '1');
  IF (OLD.branch_id, was.code) IS DISTINCT FROM (NEW.branch_id, becomes.code) AND (current_order()).undoes IS NOT NULL THEN
    PERFORM restore_membership_spells(undone_act(), NEW.id);
  ELSIF (OLD.branch_id, was.code) IS DISTINCT FROM (NEW.branch_id, becomes.code) AND NOT undoes_an_act() THEN
    IF (was.is_kept OR becomes.is_kept) AND NOT a_spell_ends_after_it_began(NEW.since, last_turn(NEW.id)) THEN PERFORM refuse('a_spell_ends_after_it_began', 'member', 'since'); END IF;
    UPDATE membership_spell SET replaced_at = now(), replaced_in = current_act() WHERE member_id = NEW.id AND upper_inf(during) AND replaced_at IS NULL RETURNING * INTO spell;
    IF spell.id IS NOT NULL THEN
      INSERT INTO membership_spell (member_id, branch_id, branch_code, status, during, began_by, ended_by)
        VALUES (NEW.id, spell.branch_id, spell.branch_code, spell.status, spell_until(spell.during, NEW.since), spell.began_by, CASE WHEN NOT becomes.is_counted THEN NEW.ended_by END);
    END IF;
    IF becomes.is_kept THEN
      INSERT INTO membership_spell (member_id, branch_id, branch_code, status, during, began_by)
        VALUES (NEW.id, NEW.branch_id, NEW.branch_code, becomes.code, daterange(NEW.since, NULL), CASE WHEN becomes.is_counted AND NOT was.is_counted THEN NEW.began_by END);
    END IF;
  END IF;
  IF NEW.branch_id = OLD.branch_id THEN   -- one statement: in a batch the row of a branch is changed for each of its members
    UPDATE branch_count SET kept = kept + becomes.is_kept::int - was.is_kept::int, counted = counted + becomes.is_counted::int - was.is_counted::int,
      probationary = probationary + (becomes.is_counted AND NEW.person_type IS NOT DISTINCT FROM '2')::int - (was.is_counted AND OLD.person_type IS NOT DISTINCT FROM '2')::int,
      incomplete = incomplete + (becomes.is_kept AND NEW.intake = 'stock')::int - (was.is_kept AND OLD.intake = 'stock')::int WHERE branch_id = NEW.branch_id;
    RETURN NULL;
  END IF;
  UPDATE branch_count SET kept = kept - was.is_kept::int, counted = counted - was.is_counted::int,
    probationary = probationary - (was.is_counted AND OLD.person_type IS NOT DISTINCT FROM '2')::int,
    incomplete = incomplete - (was.is_kept AND OLD.intake = 'stock')::int WHERE branch_id = OLD.branch_id;
  INSERT INTO branch_count AS c (branch_id, branch_code, kept, counted, probationary, incomplete)
    VALUES (NEW.branch_id, NEW.branch_code, becomes.is_kept::int, becomes.is_counted::int, (becomes.is_counted AND NEW.person_type IS NOT DISTINCT FROM '2')::int,
      (becomes.is_kept AND NEW.intake = 'stock')::int)
    ON CONFLICT (branch_id) DO UPDATE SET kept = c.kept + excluded.kept, counted = c.counted + excluded.counted, probationary = c.probationary + excluded.probationary,
      incomplete = c.incomplete + excluded.incomplete;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION turn_membership_spell() IS 'Trigger: a change of branch or status closes one spell and opens the next, and moves the count.';

CREATE TRIGGER memberships_turn AFTER UPDATE ON member FOR EACH ROW
  WHEN ((OLD.branch_id, OLD.status, OLD.person_type, OLD.intake) IS DISTINCT FROM (NEW.branch_id, NEW.status, NEW.person_type, NEW.intake)) EXECUTE FUNCTION turn_membership_spell();
COMMENT ON TRIGGER memberships_turn ON member IS 'A change of branch or status closes one spell and opens the next, and moves the count.';

CREATE FUNCTION begin_organisation_spells() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  act CONSTANT bigint := current_act();
BEGIN
  INSERT INTO organisation_spell (organisation_id, parent_id, code, name, kind, during, recorded_in)
    SELECT id, parent_id, code, name, kind, CASE WHEN ended IS NULL THEN spell_from(founded, true) ELSE daterange(founded, ended) END, act FROM new_rows;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION begin_organisation_spells() IS 'Trigger: opens the spell of each new organisation.';

CREATE TRIGGER organisations_are_dated AFTER INSERT ON organisation REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION begin_organisation_spells();
COMMENT ON TRIGGER organisations_are_dated ON organisation IS 'Opens the spell of each new organisation.';

-- What changed is so from the effective day on, also in spells that began later; what did not change stays as each spell has it.
-- So a whole move that is entered late re-codes all that was founded or renamed below it in the meantime. Many at once: a
-- whole move changes hundreds of organisations, and a trigger for each row took ten times as long.
CREATE FUNCTION turn_organisation_spells() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  turned bigint[] := ARRAY(SELECT id FROM (SELECT id, parent_id, code, name, kind, ended FROM new_rows EXCEPT SELECT id, parent_id, code, name, kind, ended FROM old_rows) AS changed);
  back bigint[] := '{}';
  stale bigint[] := '{}';
  undone bigint;
BEGIN
  IF turned = '{}' THEN RETURN NULL; END IF;
  IF (current_order()).undoes IS NOT NULL THEN   -- where nothing has happened since, what was true before is true again
    undone := undone_act();
    back := ARRAY(SELECT id FROM unnest(turned) AS id EXCEPT SELECT organisation_id FROM organisation_spell WHERE replaced_at IS NULL AND recorded_in > undone);
    -- Executed, not planned once: a plan for one row would compare each of thousands with each other.
    EXECUTE 'UPDATE organisation_spell SET replaced_at = now(), replaced_in = current_act() WHERE organisation_id = ANY ($1) AND recorded_in = $2 AND replaced_at IS NULL' USING back, undone;
    EXECUTE 'INSERT INTO organisation_spell (organisation_id, parent_id, code, name, kind, during)
      SELECT organisation_id, parent_id, code, name, kind, during FROM organisation_spell WHERE organisation_id = ANY ($1) AND replaced_in = $2 AND recorded_in <> $2' USING back, undone;
    -- What changed while the organisation was not in being left no spell: it is so from now on.
    EXECUTE 'SELECT coalesce(array_agg(n.id), ''{}'') FROM new_rows n JOIN organisation_spell s ON s.organisation_id = n.id WHERE n.id = ANY ($1) AND n.ended IS NULL AND s.replaced_at IS NULL
        AND upper_inf(s.during) AND (s.parent_id, s.code, s.name, s.kind) IS DISTINCT FROM (n.parent_id, n.code, n.name, n.kind)' INTO stale USING back;
    turned := ARRAY(SELECT id FROM unnest(turned) AS id EXCEPT SELECT id FROM unnest(back) AS id) || stale;
  END IF;
  EXECUTE $turn$
    WITH cut AS MATERIALIZED (
      SELECT n.id, n.ended, s.is_stale, n.parent_id, n.code, n.name, n.kind, s.is_stale OR n.parent_id IS DISTINCT FROM o.parent_id AS other_parent, s.is_stale OR n.code <> o.code AS other_code,
             s.is_stale OR n.name <> o.name AS other_name, s.is_stale OR n.kind <> o.kind AS other_kind,
             CASE WHEN s.is_stale THEN $3 ELSE least(CASE WHEN (o.parent_id, o.code, o.name, o.kind) IS DISTINCT FROM (n.parent_id, n.code, n.name, n.kind) THEN $3 END,
               CASE WHEN n.ended IS DISTINCT FROM o.ended THEN n.ended END) END AS day
        FROM new_rows n JOIN old_rows o ON o.id = n.id CROSS JOIN LATERAL (SELECT n.id = ANY ($2) AS is_stale) AS s WHERE n.id = ANY ($1)),
    gone AS (
      UPDATE organisation_spell s SET replaced_at = now(), replaced_in = current_act() FROM cut
       WHERE s.organisation_id = cut.id AND s.replaced_at IS NULL AND s.during && daterange(cut.day, NULL) AND cut.day IS NOT NULL
      RETURNING s.parent_id, s.code, s.name, s.kind, s.during, cut)
    INSERT INTO organisation_spell (organisation_id, parent_id, code, name, kind, during)
      SELECT (cut).id, parent_id, code, name, kind, spell_until(during, (cut).day) FROM gone
      UNION ALL
      SELECT (cut).id, CASE WHEN (cut).other_parent THEN (cut).parent_id ELSE parent_id END, CASE WHEN (cut).other_code THEN (cut).code ELSE code END,
             CASE WHEN (cut).other_name THEN (cut).name ELSE name END, CASE WHEN (cut).other_kind THEN (cut).kind ELSE kind END, during * daterange((cut).day, NULL) * daterange(NULL, (cut).ended)
        FROM gone WHERE NOT isempty(during * daterange((cut).day, NULL) * daterange(NULL, (cut).ended))
  $turn$ USING turned, stale, effective_day();
  EXECUTE $again$   -- it stands again, or stood longer than was known
    INSERT INTO organisation_spell (organisation_id, parent_id, code, name, kind, during)
      SELECT n.id, n.parent_id, n.code, n.name, n.kind, daterange(CASE WHEN n.ended IS NULL THEN greatest($2, o.ended) ELSE o.ended END, n.ended)
        FROM new_rows n JOIN old_rows o ON o.id = n.id WHERE n.id = ANY ($1) AND o.ended < coalesce(n.ended, 'infinity')
  $again$ USING ARRAY(SELECT id FROM unnest(turned) AS id EXCEPT SELECT id FROM unnest(stale) AS id), effective_day();
  RETURN NULL;
END $$;
COMMENT ON FUNCTION turn_organisation_spells() IS 'Trigger: a change of superior, code, name or kind closes one spell and opens the next, on the effective day; an abolition closes it on its own day; an undoing order makes true again what was true before.';

CREATE TRIGGER organisations_turn AFTER UPDATE ON organisation REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION turn_organisation_spells();
COMMENT ON TRIGGER organisations_turn ON organisation IS 'A change of superior, code, name or kind closes one spell and opens the next.';

-- ====================================================================================================================
-- 11  versions and traces
-- ====================================================================================================================

ALTER TABLE transaction
  ADD CONSTRAINT transaction_account_id_fkey FOREIGN KEY (account_id) REFERENCES account,
  ADD CONSTRAINT transaction_post_id_fkey FOREIGN KEY (post_id) REFERENCES post,
  ADD CONSTRAINT transaction_document_id_fkey FOREIGN KEY (document_id) REFERENCES document;
ALTER TABLE evidence ADD CONSTRAINT evidence_account_id_fkey FOREIGN KEY (account_id) REFERENCES account;
CREATE INDEX transaction_of_account ON transaction (account_id, id);
CREATE INDEX transaction_of_post ON transaction (post_id, id);
CREATE INDEX transaction_of_document ON transaction (document_id);
CREATE INDEX transaction_by_place ON transaction (place, issued_at, id);
CREATE INDEX transaction_by_time ON transaction (issued_at, id);
COMMENT ON TABLE  transaction IS 'Act: who wrote, in which post, when, why, on which document. Opened by act() alone.';
COMMENT ON COLUMN transaction.id IS 'Act number';
COMMENT ON COLUMN transaction.issued_at IS 'Written at: time of the database';
COMMENT ON COLUMN transaction.xid IS 'Database transaction: ties versions and evidence to one commit';
COMMENT ON COLUMN transaction.account_id IS 'Account';
COMMENT ON COLUMN transaction.post_id IS 'Post: empty for the installer';
COMMENT ON COLUMN transaction.reason IS 'Reason';
COMMENT ON COLUMN transaction.document_id IS 'Document: default evidence of the act';
COMMENT ON COLUMN transaction.remote_addr IS 'From address';
COMMENT ON COLUMN transaction.place IS 'Place: the organisation code of the post when it wrote; an act stays where it was done';
COMMENT ON CONSTRAINT an_act_has_a_reason ON transaction IS 'Give the reason for this change, in at most 500 characters.';

CREATE FUNCTION write_first_versions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows) THEN
    EXECUTE format('INSERT INTO %I SELECT n.*, $1, 0 FROM new_rows n', TG_TABLE_NAME || '_version') USING current_act();
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION write_first_versions() IS 'Trigger: writes version 1 of new rows; refuses outside an act.';

CREATE FUNCTION write_next_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('INSERT INTO %I SELECT ($1).*, $2, 1', TG_TABLE_NAME || '_version') USING NEW, current_act();
  RETURN NULL;
END $$;
COMMENT ON FUNCTION write_next_version() IS 'Trigger: writes the next version of a changed row; refuses outside an act.';

CREATE FUNCTION number_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.ver := CASE TG_ARGV[0] WHEN 'first' THEN 1 WHEN 'next' THEN OLD.ver + 1 ELSE OLD.ver END;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION number_version() IS 'Trigger: sets the version number, which no writer sets.';

DO $$
DECLARE
  list text;
BEGIN
  FOREACH list IN ARRAY ARRAY['level', 'organisation_kind', 'unit_situation', 'unit_nature', 'unit_party_status', 'unit_affiliation', 'document_kind', 'sex',
    'ethnicity', 'education', 'person_type', 'membership_status', 'report_kind', 'report_state', 'change_kind', 'order_state', 'job_post', 'new_social_stratum', 'entry_reason', 'exit_reason', 'region'] LOOP
    CALL pg_temp.keep_versions(list, 'code');
  END LOOP;
END $$;
CALL pg_temp.keep_versions('calendar_day', 'day');
CALL pg_temp.keep_versions('organisation');
CALL pg_temp.keep_versions('unit', 'id', '{organisation_code}');
CALL pg_temp.keep_versions('permission');
CALL pg_temp.keep_versions('account', 'id', '{organisation_code}');
CALL pg_temp.keep_versions('post', 'id', '{organisation_code}');
CALL pg_temp.keep_versions('tenure');
CALL pg_temp.keep_versions('member', 'id', '{branch_code,initials,name_key}');
CALL pg_temp.keep_versions('field_delegation', 'id', '{branch_code}');
CALL pg_temp.keep_versions('report', 'id', '{branch_code}');
CALL pg_temp.keep_versions('change_order', 'id', '{maker_code}');
CALL pg_temp.keep_versions('change_line');
CALL pg_temp.keep_versions('change_account');
CALL pg_temp.keep_versions('organisation_term', 'id', '{organisation_code}');

-- The installer's account came before its history.
WITH founding AS (INSERT INTO transaction (account_id, reason) SELECT id, 'schema' FROM account RETURNING id)
INSERT INTO account_version SELECT account.*, founding.id, 0 FROM account, founding;

CREATE TABLE access_log (
  id         bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT access_log_pkey PRIMARY KEY,
  logged_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  account_id bigint      DEFAULT acting_account() CONSTRAINT access_log_account_id_fkey REFERENCES account,
  post_id    bigint      DEFAULT acting_post() CONSTRAINT access_log_post_id_fkey REFERENCES post,
  kind       text        COLLATE "C" NOT NULL CONSTRAINT access_kind_is_known CHECK (kind IN (
             'sign-in', 'sign-in refused', 'sign-out', 'post switched', 'number looked up', 'number taken', 'number revealed', 'document read',
             'import', 'export', 'printed', 'refused', 'look begun', 'look ended')),
  subject    text        COLLATE "C",
  subject_id bigint,
  detail     text        CONSTRAINT access_detail_is_short CHECK (length(detail) <= 500),
  client     text        DEFAULT nullif(current_setting('app.client', true), ''),
  place      text        COLLATE "C" NOT NULL DEFAULT acting_place()
);
CREATE INDEX access_log_of_account ON access_log (account_id, id);
CREATE INDEX access_log_of_post ON access_log (post_id, id);
CREATE INDEX access_log_by_place ON access_log (place, logged_at, id);
CREATE INDEX access_log_by_time ON access_log (logged_at, id);
COMMENT ON TABLE  access_log IS 'Access log: what was read, looked up, exported or refused; holds object ids, never a personal value.';
COMMENT ON COLUMN access_log.id IS 'Key';
COMMENT ON COLUMN access_log.logged_at IS 'At';
COMMENT ON COLUMN access_log.account_id IS 'Account';
COMMENT ON COLUMN access_log.post_id IS 'Post';
COMMENT ON COLUMN access_log.kind IS 'What happened';
COMMENT ON COLUMN access_log.subject IS 'Kind of record';
COMMENT ON COLUMN access_log.subject_id IS 'Record';
COMMENT ON COLUMN access_log.detail IS 'Detail';
COMMENT ON COLUMN access_log.client IS 'From address';
COMMENT ON COLUMN access_log.place IS 'Place: the organisation code of the post at that moment; empty before a post is known';
COMMENT ON CONSTRAINT access_kind_is_known ON access_log IS 'The access log knows a fixed list of events.';
COMMENT ON CONSTRAINT access_detail_is_short ON access_log IS 'A detail of the access log has at most 500 characters.';

CREATE TABLE draft (
  id             bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT draft_pkey PRIMARY KEY,
  account_id     bigint      NOT NULL DEFAULT acting_account() CONSTRAINT draft_account_id_fkey REFERENCES account,
  post_id        bigint      NOT NULL DEFAULT acting_post() CONSTRAINT draft_post_id_fkey REFERENCES post,
  sheet          text        COLLATE "C" NOT NULL CONSTRAINT draft_sheet_is_drawn_at_random CHECK (sheet ~ '^[0-9a-f]{32}$'),
  form           text        COLLATE "C" NOT NULL CONSTRAINT draft_names_its_form CHECK (form ~ '^[a-z_]{1,60}$'),
  record         text        COLLATE "C" CONSTRAINT draft_names_its_record CHECK (length(record) BETWEEN 1 AND 80),
  fields         jsonb       CONSTRAINT draft_is_no_longer_than_a_form CHECK (jsonb_typeof(fields) = 'object' AND length(fields::text) <= 65536),
  file_name      text        CONSTRAINT draft_file_name_reads_well CHECK (is_tidy(file_name) AND length(file_name) <= 200),
  file           bytea       CONSTRAINT draft_file_is_at_most_20_mb CHECK (length(file) BETWEEN 1 AND 20971520),
  saved_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  transaction_id bigint      CONSTRAINT draft_transaction_id_fkey REFERENCES transaction,
  registered     text        COLLATE "C" CONSTRAINT draft_names_what_it_became CHECK (length(registered) BETWEEN 1 AND 80),
  CONSTRAINT draft_is_one_sheet UNIQUE (account_id, post_id, sheet),
  CONSTRAINT draft_file_has_a_name CHECK ((file IS NULL) = (file_name IS NULL)),
  CONSTRAINT draft_is_emptied_when_registered CHECK (transaction_id IS NULL OR (fields IS NULL AND file IS NULL)),
  CONSTRAINT draft_becomes_a_record_by_an_act CHECK (registered IS NULL OR transaction_id IS NOT NULL)
);
CREATE INDEX draft_of_form ON draft (account_id, post_id, form, record) WHERE fields IS NOT NULL;
COMMENT ON TABLE  draft IS 'Draft: what somebody typed into a form and has not registered. Emptied once the form is registered, which happens once.';
COMMENT ON COLUMN draft.id IS 'Key';
COMMENT ON COLUMN draft.account_id IS 'Account';
COMMENT ON COLUMN draft.post_id IS 'Post';
COMMENT ON COLUMN draft.sheet IS 'Sheet: the random name that one opening of a form carries';
COMMENT ON COLUMN draft.form IS 'Form: the noun whose form it is';
COMMENT ON COLUMN draft.record IS 'Record: whose form it is; empty for a new one';
COMMENT ON COLUMN draft.fields IS 'Fields: what was typed, by the names of the form; empty once it was registered or dropped';
COMMENT ON COLUMN draft.file_name IS 'Name of the chosen file';
COMMENT ON COLUMN draft.file IS 'Chosen file';
COMMENT ON COLUMN draft.saved_at IS 'Draft saved at';
COMMENT ON COLUMN draft.transaction_id IS 'Act: that registered the form; empty until then';
COMMENT ON COLUMN draft.registered IS 'Became: the record that the act wrote';
COMMENT ON CONSTRAINT draft_sheet_is_drawn_at_random ON draft IS 'The name of a sheet is 32 hexadecimal digits; open the form again.';
COMMENT ON CONSTRAINT draft_names_its_form ON draft IS 'A draft belongs to a form of this registry.';
COMMENT ON CONSTRAINT draft_names_its_record ON draft IS 'A draft belongs to one record, or to a new one.';
COMMENT ON CONSTRAINT draft_is_no_longer_than_a_form ON draft IS 'A draft holds at most 65536 characters.';
COMMENT ON CONSTRAINT draft_file_name_reads_well ON draft IS 'The file name must not carry blanks at its ends or be longer than 200 characters.';
COMMENT ON CONSTRAINT draft_file_is_at_most_20_mb ON draft IS 'A file of a draft must not be empty or larger than 20 MB.';
COMMENT ON CONSTRAINT draft_names_what_it_became ON draft IS 'A registered draft names one record.';
COMMENT ON CONSTRAINT draft_is_one_sheet ON draft IS 'A sheet has one draft.';
COMMENT ON CONSTRAINT draft_file_has_a_name ON draft IS 'A file of a draft keeps its name, and a name its file.';
COMMENT ON CONSTRAINT draft_is_emptied_when_registered ON draft IS 'Once a form is registered, its draft keeps nothing of it.';
COMMENT ON CONSTRAINT draft_becomes_a_record_by_an_act ON draft IS 'What a form became was written by an act.';

CREATE FUNCTION keep_draft_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.registered IS NOT NULL THEN PERFORM refuse('a_form_is_registered_once', 'draft'); END IF;
    IF (NEW.account_id, NEW.post_id, NEW.sheet, NEW.form, NEW.record) IS DISTINCT FROM (OLD.account_id, OLD.post_id, OLD.sheet, OLD.form, OLD.record) THEN
      PERFORM refuse('a_draft_stays_with_its_form', 'draft');
    END IF;
  END IF;
  IF NEW.transaction_id IS NOT NULL AND NEW.transaction_id <> current_act() THEN PERFORM refuse('a_form_is_registered_by_its_own_act', 'draft'); END IF;
  IF NEW.fields IS NOT NULL AND 40 <= (SELECT count(*) FROM draft d WHERE d.account_id = NEW.account_id AND d.post_id = NEW.post_id AND d.fields IS NOT NULL AND d.sheet <> NEW.sheet) THEN
    PERFORM refuse('nobody_keeps_more_than_40_drafts', 'draft');
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION keep_draft_rules() IS 'Trigger: a draft stays with its form, is registered once, and is one of at most 40 in a post.';

CREATE FUNCTION a_form_is_registered_once() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION a_form_is_registered_once() IS 'This form is registered already; nothing was written twice.';

CREATE FUNCTION a_form_is_registered_by_its_own_act() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION a_form_is_registered_by_its_own_act() IS 'The act that registers a form is the one that writes its record.';

CREATE FUNCTION a_draft_stays_with_its_form() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION a_draft_stays_with_its_form() IS 'A draft stays with its person, its post and its form.';

CREATE FUNCTION nobody_keeps_more_than_40_drafts() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION nobody_keeps_more_than_40_drafts() IS 'A person keeps at most 40 drafts in a post; drop one that is no longer needed.';

CREATE TRIGGER draft_keeps_the_rules BEFORE INSERT OR UPDATE ON draft FOR EACH ROW EXECUTE FUNCTION keep_draft_rules();
COMMENT ON TRIGGER draft_keeps_the_rules ON draft IS 'A draft stays with its form, is registered once, and is one of at most 40 in a post.';

CALL pg_temp.append_only('transaction');
CALL pg_temp.append_only('access_log');
CALL pg_temp.append_only('document');
CALL pg_temp.append_only('document_content');
CALL pg_temp.append_only('evidence');
CALL pg_temp.append_only('rule_exception');
CALL pg_temp.append_only('organisation_code');
CALL pg_temp.append_only('time_limit');
CALL pg_temp.append_only('change_plan');
CALL pg_temp.append_only('change_paper');
CALL pg_temp.never_deleted('organisation_spell');
CALL pg_temp.never_deleted('membership_spell');
CALL pg_temp.never_deleted('branch_count');
CALL pg_temp.never_deleted('draft');
CALL pg_temp.never_deleted('job');
CALL pg_temp.never_deleted('saved_view');
CALL pg_temp.never_deleted('last_look');
CALL pg_temp.never_deleted('change_place');
CALL pg_temp.never_deleted('export_ledger');

-- An export is announced, then completed: the one change that its entry takes.
CREATE TRIGGER an_export_is_written_down_before_it_leaves BEFORE INSERT ON export_ledger FOR EACH ROW
  WHEN (NEW.rows IS NOT NULL OR NEW.sha256 IS NOT NULL) EXECUTE FUNCTION refuse_by_name();
COMMENT ON TRIGGER an_export_is_written_down_before_it_leaves ON export_ledger IS 'An export is entered in the ledger before its file leaves, so its rows and digest are not known yet.';

CREATE FUNCTION an_export_is_completed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM current_act();
  IF OLD.rows IS NOT NULL OR NEW.rows IS NULL OR OLD.account_id IS DISTINCT FROM acting_account()
     OR to_jsonb(NEW) - '{rows,sha256}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{rows,sha256}'::text[] THEN
    PERFORM refuse(TG_NAME, TG_TABLE_NAME);
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION an_export_is_completed_once() IS 'Trigger: an entry of the export ledger takes its rows and digest once, from the account that exports, and no other change.';
CREATE TRIGGER an_export_is_completed_once BEFORE UPDATE ON export_ledger FOR EACH ROW EXECUTE FUNCTION an_export_is_completed_once();
COMMENT ON TRIGGER an_export_is_completed_once ON export_ledger IS 'An entry of the export ledger is final: it takes the rows and the digest of its file once, from the account that exports, and no other change.';

CREATE FUNCTION an_act_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM current_act();
  RETURN NULL;
END $$;
COMMENT ON FUNCTION an_act_is_open() IS 'Trigger: refuses a write outside an act.';

DO $$
DECLARE
  subject text;
BEGIN
  FOREACH subject IN ARRAY ARRAY['document', 'evidence', 'rule_exception', 'export_ledger', 'job', 'change_place', 'change_plan', 'change_paper'] LOOP
    EXECUTE format('CREATE TRIGGER it_is_written_in_an_act BEFORE INSERT ON %I FOR EACH STATEMENT EXECUTE FUNCTION an_act_is_open()', subject);
    EXECUTE format('COMMENT ON TRIGGER it_is_written_in_an_act ON %I IS %L', subject, 'Nothing is written without an act: who, in which post, why.');
  END LOOP;
END $$;

-- ====================================================================================================================
-- 12  row security and doors
-- ====================================================================================================================

-- One row a table: who reads it, who writes it. A NULL in writing means that only doors and triggers write.
CREATE TABLE table_scope (
  table_name text CONSTRAINT table_scope_pkey PRIMARY KEY,
  reading    text NOT NULL,
  writing    text,
  writes     text NOT NULL DEFAULT '' CONSTRAINT table_scope_writes_are_known CHECK (writes IN ('', 'INSERT', 'INSERT, UPDATE', 'UPDATE'))
);
COMMENT ON TABLE  table_scope IS 'How the scope of each table is found: the policies are made from these rows.';
COMMENT ON COLUMN table_scope.table_name IS 'Table';
COMMENT ON COLUMN table_scope.reading IS 'Condition for reading; {column} is the subtree range on a copy of the organisation code';
COMMENT ON COLUMN table_scope.writing IS 'Condition for writing; empty where only doors and triggers write';
COMMENT ON COLUMN table_scope.writes IS 'Statements granted';
COMMENT ON CONSTRAINT table_scope_writes_are_known ON table_scope IS 'A table takes new rows, changes, both or none.';

-- Evidence asks for its member row by row: an EXISTS would first gather all members of a city to show its newest fifty rows.
INSERT INTO table_scope (table_name, reading, writing, writes) VALUES
  ('organisation',       '{code}', '{code} AND (SELECT writes_records())', 'INSERT, UPDATE'),
  ('unit',               '{organisation_code}', '{organisation_code} AND (SELECT writes_records())', 'INSERT, UPDATE'),
  ('member',             '{branch_code}', '{branch_code} AND (SELECT writes_records())', 'INSERT, UPDATE'),
  ('branch_count',       '{branch_code}', NULL, ''),
  ('field_delegation',   '{branch_code}', '{branch_code} AND (SELECT writes_records())', 'INSERT, UPDATE'),
  ('report',             '{branch_code}', '{branch_code} AND (SELECT writes_records())', 'INSERT, UPDATE'),
  -- Whom an applied order concerns sees it, though not who else it concerns.
  ('change_order',       '{maker_code} OR (state IN (''applied'', ''undone'') AND EXISTS (SELECT FROM organisation o WHERE o.id = organisation_id))', '{maker_code} AND (SELECT writes_records())', 'INSERT, UPDATE'),
  ('change_line',        'EXISTS (SELECT FROM change_order c WHERE c.id = order_id AND (within_scope(c.maker_code) OR EXISTS (SELECT FROM organisation o WHERE o.id = change_line.organisation_id)))', 'EXISTS (SELECT FROM change_order c WHERE c.id = order_id AND within_scope(c.maker_code)) AND (SELECT writes_records())', 'INSERT, UPDATE'),
  ('change_account',     'EXISTS (SELECT FROM change_order c WHERE c.id = order_id AND within_scope(c.maker_code))', 'EXISTS (SELECT FROM change_order c WHERE c.id = order_id AND within_scope(c.maker_code)) AND (SELECT writes_records())', 'INSERT, UPDATE'),
  ('change_place',       'EXISTS (SELECT FROM change_order c WHERE c.id = order_id AND within_scope(c.maker_code))', 'EXISTS (SELECT FROM change_order c WHERE c.id = order_id AND within_scope(c.maker_code)) AND (SELECT writes_records())', 'INSERT, UPDATE'),
  ('change_plan',        'EXISTS (SELECT FROM change_order c WHERE c.id = order_id AND within_scope(c.maker_code))', 'EXISTS (SELECT FROM change_order c WHERE c.id = order_id AND within_scope(c.maker_code)) AND transaction_id = current_act() AND (SELECT writes_records())', 'INSERT'),
  ('change_paper',       'EXISTS (SELECT FROM change_order c WHERE c.id = order_id AND within_scope(c.maker_code))', 'EXISTS (SELECT FROM change_order c WHERE c.id = order_id AND within_scope(c.maker_code)) AND EXISTS (SELECT FROM document d WHERE d.id = document_id) AND transaction_id = current_act() AND (SELECT writes_records())', 'INSERT'),
  ('organisation_term',  '{organisation_code}', '{organisation_code} AND (SELECT writes_records())', 'INSERT, UPDATE'),
  ('organisation_code',  'EXISTS (SELECT FROM organisation o WHERE o.id = organisation_id)', NULL, ''),
  ('organisation_spell', 'EXISTS (SELECT FROM organisation o WHERE o.id = organisation_id)', NULL, ''),
  ('membership_spell',   '{branch_code} OR EXISTS (SELECT FROM member m WHERE m.id = member_id)', NULL, ''),   -- a branch keeps its own past when the person has gone
  ('document',           'EXISTS (SELECT FROM organisation o WHERE o.id = organisation_id)', 'EXISTS (SELECT FROM organisation o WHERE o.id = organisation_id) AND transaction_id = current_act() AND (SELECT writes_records())', 'INSERT'),
  ('document_content',   'EXISTS (SELECT FROM document d WHERE d.id = document_id)', 'EXISTS (SELECT FROM document d WHERE d.id = document_id) AND (SELECT writes_records())', 'INSERT'),
  ('evidence',           '(SELECT true FROM member m WHERE m.id = subject_id)', 'EXISTS (SELECT FROM member m WHERE m.id = subject_id) AND EXISTS (SELECT FROM document d WHERE d.id = document_id) AND transaction_id = current_act() AND written_at = now() AND account_id = (SELECT acting_account()) AND (SELECT writes_records())', 'INSERT'),
  ('rule_exception',     'within_scope(code_of(subject, subject_id))', 'within_scope(code_of(subject, subject_id)) AND EXISTS (SELECT FROM document d WHERE d.id = document_id) AND transaction_id = current_act() AND (SELECT writes_records())', 'INSERT'),
  ('permission_function', 'true', 'installs()', 'INSERT'),
  ('permission',         'true', 'holds(''S2'', ''W'')', 'INSERT, UPDATE'),
  ('account',            '{organisation_code} OR id = (SELECT acting_account()) OR (SELECT sees_accounts())', '({organisation_code} AND (SELECT holds(''O9'', ''W''))) OR (SELECT holds(''S1'', ''W''))', 'INSERT, UPDATE'),
  ('post',               '{organisation_code} OR id = (SELECT acting_post()) OR (SELECT sees_accounts())', '{organisation_code} OR (SELECT sees_accounts())', 'INSERT, UPDATE'),
  ('tenure',             'EXISTS (SELECT FROM post p WHERE p.id = post_id) OR account_id = (SELECT acting_account())', 'EXISTS (SELECT FROM post p WHERE p.id = post_id) AND EXISTS (SELECT FROM account a WHERE a.id = account_id)', 'INSERT, UPDATE'),
  ('saved_view',         'account_id = (SELECT acting_account())', 'account_id = (SELECT acting_account())', 'INSERT, UPDATE'),
  ('last_look',          'account_id = (SELECT acting_account())', 'account_id = (SELECT acting_account()) AND EXISTS (SELECT FROM organisation o WHERE o.id = organisation_id)', 'INSERT, UPDATE'),
  ('credential',         'false', NULL, ''),
  ('user_session',       'false', NULL, ''),
  ('transaction',        '(place >= watched_scope() AND place < watched_scope() || ''~'') OR account_id = (SELECT acting_account())', NULL, ''),
  ('access_log',         '(place >= watched_scope() AND place < watched_scope() || ''~'') OR account_id = (SELECT acting_account())', 'account_id = (SELECT acting_account()) AND place = (SELECT acting_place())', 'INSERT'),
  ('export_ledger',      'account_id = (SELECT acting_account()) OR EXISTS (SELECT FROM organisation o WHERE o.id = organisation_id)', 'account_id = (SELECT acting_account()) AND EXISTS (SELECT FROM organisation o WHERE o.id = organisation_id)', 'INSERT, UPDATE'),
  ('draft',              'account_id = (SELECT acting_account()) AND post_id = (SELECT acting_post())', 'account_id = (SELECT acting_account()) AND post_id = (SELECT acting_post())', 'INSERT, UPDATE'),
  -- An import begins as a check: only continue_job, the named button, lets it write. An order was previewed before.
  ('job',                'account_id = (SELECT acting_account()) AND post_id = (SELECT acting_post())', 'account_id = (SELECT acting_account()) AND post_id = (SELECT acting_post()) AND transaction_id = current_act() AND (kind = ''import check'' OR (kind = ''change order'' AND EXISTS (SELECT FROM change_plan p WHERE p.id = plan_id))) AND state = ''queued'' AND attempts = 0', 'INSERT'),
  ('installation',       'true', 'installs()', 'UPDATE'),
  ('organisation_placement', 'true', 'installs()', 'INSERT'),
  ('status_change',      'true', 'installs()', 'INSERT'),
  ('report_item',        'true', 'installs()', 'INSERT'),
  ('report_step',        'true', 'installs()', 'INSERT'),
  ('time_limit',         'true', 'holds(''A5'', ''W'')', 'INSERT'),
  ('probation_period',   'true', 'installs()', 'INSERT'),
  ('rule',               'true', 'installs()', 'INSERT'),
  ('pinyin',             'true', 'installs()', 'INSERT'),
  ('calendar_day',       'true', 'holds(''A5'', ''W'')', 'INSERT, UPDATE'),
  ('table_scope',        'true', NULL, '');
INSERT INTO table_scope (table_name, reading, writing, writes)
  -- Levels and kinds decide about rights, statuses about counts: not a matter of upkeep.
  SELECT list, 'true', CASE WHEN list IN ('level', 'organisation_kind', 'membership_status', 'report_kind', 'report_state', 'change_kind', 'order_state') THEN 'installs()' ELSE 'holds(''A5'', ''W'')' END, 'INSERT, UPDATE' FROM unnest(ARRAY['level', 'organisation_kind', 'unit_situation', 'unit_nature', 'unit_party_status', 'unit_affiliation',
    'document_kind', 'sex', 'ethnicity', 'education', 'person_type', 'membership_status', 'report_kind', 'report_state', 'change_kind', 'order_state', 'job_post', 'new_social_stratum', 'entry_reason', 'exit_reason', 'region']) AS list;
-- Who sees a record sees its versions.
INSERT INTO table_scope (table_name, reading)
  SELECT relname, format('EXISTS (SELECT FROM %1$I r WHERE r.%2$I = %1$s_version.%2$I)', subject,
           (SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0] WHERE indrelid = subject::regclass AND indisprimary))
    FROM pg_class, LATERAL (SELECT left(relname, -8) AS subject) AS s WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname LIKE '%\_version';

CREATE FUNCTION writes_records() RETURNS boolean LANGUAGE sql STABLE
RETURN installs() OR EXISTS (SELECT FROM level l WHERE l.code = acting_level() AND NOT l.technical);
COMMENT ON FUNCTION writes_records() IS 'Whether the acting post may write members, organisations and their papers at all: auditors and technical administrators never do.';

CREATE FUNCTION sees_accounts() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN installs() OR EXISTS (SELECT FROM permission p WHERE p.level = acting_level() AND p.function IN ('S1', 'S2', 'S3', 'S4') AND p.letter <> '-');
COMMENT ON FUNCTION sees_accounts() IS 'Whether the acting post watches the accounts of the whole installation: the three technical administrators.';

CREATE FUNCTION watched_scope() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100 AS $$
BEGIN
  RETURN CASE WHEN sees_accounts() THEN '' ELSE acting_scope() END;
END $$;
COMMENT ON FUNCTION watched_scope() IS 'The code whose subtree of traces the acting post may see: its scope, everything for those who watch accounts. One value and not a second condition, so that the range reaches an index; PL/pgSQL as acting_scope().';

CREATE FUNCTION code_of(subject text, subject_id bigint) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN CASE subject
  WHEN 'member' THEN (SELECT branch_code FROM member WHERE id = subject_id)
  WHEN 'organisation' THEN (SELECT code FROM organisation WHERE id = subject_id)
  WHEN 'unit' THEN (SELECT organisation_code FROM unit WHERE id = subject_id)
  WHEN 'post' THEN (SELECT organisation_code FROM post WHERE id = subject_id)
  WHEN 'account' THEN (SELECT organisation_code FROM account WHERE id = subject_id)
  WHEN 'tenure' THEN (SELECT p.organisation_code FROM tenure t JOIN post p ON p.id = t.post_id WHERE t.id = subject_id)
  WHEN 'field_delegation' THEN (SELECT branch_code FROM field_delegation WHERE id = subject_id)
  WHEN 'report' THEN (SELECT branch_code FROM report WHERE id = subject_id)
  WHEN 'change_order' THEN (SELECT maker_code FROM change_order WHERE id = subject_id)
  WHEN 'change_line' THEN (SELECT c.maker_code FROM change_line l JOIN change_order c ON c.id = l.order_id WHERE l.id = subject_id)
  WHEN 'change_account' THEN (SELECT c.maker_code FROM change_account a JOIN change_order c ON c.id = a.order_id WHERE a.id = subject_id)
  WHEN 'organisation_term' THEN (SELECT organisation_code FROM organisation_term WHERE id = subject_id) END;
COMMENT ON FUNCTION code_of(text, bigint) IS 'The organisation code by which a record is in or out of scope.';

GRANT USAGE ON SCHEMA public TO partyadmin_app, keeper;
GRANT CREATE ON SCHEMA public TO keeper;   -- demanded for owning functions; taken back at the end of the chapter
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO keeper;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;   -- PostgreSQL ignores it when said of one schema
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;

DO $$
DECLARE
  t table_scope;
  all_of_them table_scope[] := ARRAY(SELECT s FROM table_scope s);   -- taken first: a table cannot be altered while it is read
  ranged CONSTANT text := '(\1 >= acting_scope() AND \1 < acting_scope() || ''~'')';
BEGIN
  FOREACH t IN ARRAY all_of_them LOOP
    t.reading := regexp_replace(t.reading, '\{(\w+)\}', ranged, 'g');
    t.writing := regexp_replace(t.writing, '\{(\w+)\}', ranged, 'g');
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t.table_name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t.table_name);
    EXECUTE format('REVOKE DELETE, TRUNCATE ON %I FROM partyadmin_owner', t.table_name);
    EXECUTE format('CREATE POLICY keeper_sees_wider ON %I TO keeper USING (true) WITH CHECK (true)', t.table_name);
    EXECUTE format('CREATE POLICY scope_is_read ON %I FOR SELECT TO partyadmin_app, partyadmin_owner USING (%s)', t.table_name, t.reading);
    IF t.reading <> 'false' THEN EXECUTE format('GRANT SELECT ON %I TO partyadmin_app', t.table_name); END IF;
    IF t.writes <> '' THEN EXECUTE format('GRANT %s ON %I TO partyadmin_app', t.writes, t.table_name); END IF;
    IF t.writes LIKE '%INSERT%' THEN
      EXECUTE format('CREATE POLICY scope_takes_rows ON %I FOR INSERT TO partyadmin_app, partyadmin_owner WITH CHECK (%s)', t.table_name, t.writing);
    END IF;
    IF t.writes LIKE '%UPDATE%' THEN
      EXECUTE format('CREATE POLICY scope_is_changed ON %I FOR UPDATE TO partyadmin_app, partyadmin_owner USING (%2$s) WITH CHECK (%2$s)', t.table_name, t.writing);
    END IF;
  END LOOP;
END $$;

-- The doors: what may see wider than the acting scope. Each checks the right itself and is listed at the end. ------------

CREATE FUNCTION an_account_acts_in_a_post_it_holds(login text, post text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN EXISTS (SELECT FROM account a JOIN tenure t ON t.account_id = a.id JOIN post p ON p.id = t.post_id
  WHERE a.login = an_account_acts_in_a_post_it_holds.login AND a.closed IS NULL AND p.closed IS NULL AND current_date BETWEEN t.since AND coalesce(t.until, current_date)
    AND p.level || '@' || p.organisation_code = an_account_acts_in_a_post_it_holds.post);
COMMENT ON FUNCTION an_account_acts_in_a_post_it_holds(text, text) IS 'The account is closed, unknown, or does not hold this post today (written LEVEL@CODE).';

CREATE FUNCTION only_the_installer_installs() RETURNS boolean LANGUAGE sql STABLE RETURN pg_has_role(session_user, 'partyadmin_owner', 'MEMBER');
COMMENT ON FUNCTION only_the_installer_installs() IS 'The account "installation" acts only from the command line of the server.';

CREATE FUNCTION enter(login text, post text, client text DEFAULT NULL) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  who record;
BEGIN
  IF enter.login = 'installation' THEN
    IF NOT only_the_installer_installs() THEN PERFORM refuse('only_the_installer_installs'); END IF;
    SELECT a.id AS account_id, NULL::bigint AS post_id, 'installation' AS level, '001' AS station, true AS sees INTO who FROM account a WHERE a.login = 'installation';
  ELSE
    SELECT a.id AS account_id, p.id AS post_id, p.level AS level, p.organisation_code AS station, l.sees_records AS sees INTO who
      FROM account a JOIN tenure t ON t.account_id = a.id JOIN post p ON p.id = t.post_id JOIN level l ON l.code = p.level
     WHERE a.login = enter.login AND a.closed IS NULL AND p.closed IS NULL AND current_date BETWEEN t.since AND coalesce(t.until, current_date)
       AND p.level || '@' || p.organisation_code = enter.post;
  END IF;
  IF who.account_id IS NULL THEN PERFORM refuse('an_account_acts_in_a_post_it_holds'); END IF;
  PERFORM set_config('app.account', who.account_id::text, true), set_config('app.post', coalesce(who.post_id::text, ''), true),
          set_config('app.level', who.level, true), set_config('app.station', who.station, true), set_config('app.transaction', '', true),
          set_config('app.scope', CASE WHEN who.sees THEN who.station ELSE '' END, true), set_config('app.client', coalesce(enter.client, current_setting('app.client', true), ''), true);
END $$;
COMMENT ON FUNCTION enter(text, text, text) IS 'Sets account, post and scope for reading until the transaction ends; refuses a post that the account does not hold today.';

CREATE FUNCTION act(login text, post text, reason text, document_id bigint DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  number bigint;
BEGIN
  IF current_setting('app.looks', true) = 'on' THEN PERFORM refuse('nothing_is_written_while_looking'); END IF;
  PERFORM enter(act.login, act.post);
  IF act.document_id IS NOT NULL AND NOT installs() AND NOT EXISTS (SELECT FROM document d WHERE d.id = act.document_id AND within_scope(code_of('organisation', d.organisation_id))) THEN
    PERFORM refuse('an_act_rests_on_a_document_in_scope');
  END IF;
  IF act.reason IS NULL OR NOT is_tidy(act.reason) OR length(act.reason) > 500 THEN PERFORM refuse('an_act_says_why'); END IF;
  INSERT INTO transaction (account_id, post_id, reason, document_id, remote_addr)
    VALUES (acting_account(), acting_post(), act.reason, act.document_id, nullif(current_setting('app.client', true), '')) RETURNING id INTO number;
  PERFORM set_config('app.transaction', number::text, true);
  RETURN number;
END $$;
COMMENT ON FUNCTION act(text, text, text, bigint) IS 'Opens an act: checks the post (LEVEL@CODE), writes the transaction row, sets account, post and scope until the database transaction ends. Returns the act number. The only way to write.';

CREATE FUNCTION an_act_says_why() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION an_act_says_why() IS 'Give the reason for this change, in at most 500 characters.';

CREATE FUNCTION an_act_rests_on_a_document_in_scope() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION an_act_rests_on_a_document_in_scope() IS 'The document of this act does not exist, or is kept by an organisation outside your scope.';

CREATE FUNCTION nothing_is_written_while_looking() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION nothing_is_written_while_looking() IS 'You see what another person sees, so nothing is written, printed or taken out; stop looking to act in your own post.';

CREATE FUNCTION a_look_is_at_a_post_below(a_looker_post bigint, an_account_id bigint, a_post_id bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN EXISTS (SELECT FROM post own JOIN level own_level ON own_level.code = own.level JOIN permission r ON r.level = own.level AND r.function = 'O9' AND r.letter = 'W'
    JOIN post p ON starts_with(p.organisation_code, own.organisation_code) AND p.organisation_code <> own.organisation_code JOIN level l ON l.code = p.level
    JOIN tenure t ON t.post_id = p.id JOIN account a ON a.id = t.account_id
   WHERE own.id = a_looker_post AND own_level.sees_records AND p.id = a_post_id AND a.id = an_account_id AND own.closed IS NULL AND p.closed IS NULL AND a.closed IS NULL
     AND NOT l.technical AND l.sees_records AND current_date BETWEEN t.since AND coalesce(t.until, current_date));
COMMENT ON FUNCTION a_look_is_at_a_post_below(bigint, bigint, bigint) IS 'Whoever keeps accounts sees what a person sees only in a post that this person holds today, at an organisation below their own; never an auditor''s or a technical administrator''s.';

-- The account is nobody's: what people keep for themselves (drafts, views, imports) is neither shown of the one nor taken for the other's.
CREATE FUNCTION look_as(login text, post text, client text, an_account_id bigint, a_post_id bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM enter(look_as.login, look_as.post, look_as.client);
  IF NOT a_look_is_at_a_post_below(acting_post(), an_account_id, a_post_id) THEN PERFORM refuse('a_look_is_at_a_post_below'); END IF;
  PERFORM set_config('app.account', '0', true), set_config('app.post', p.id::text, true), set_config('app.level', p.level, true), set_config('app.station', p.organisation_code, true),
          set_config('app.scope', p.organisation_code, true), set_config('app.looks', 'on', true) FROM post p WHERE p.id = a_post_id;
  SET LOCAL transaction_read_only = on;
END $$;
COMMENT ON FUNCTION look_as(text, text, text, bigint, bigint) IS 'Lets the holder of a post (LEVEL@CODE) read with the level and the scope of a post below, as nobody in particular, until the transaction ends, which can write nothing from here on.';

CREATE FUNCTION begin_look(a_token_hash text, an_account_id bigint, a_post_id bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  act CONSTANT bigint := current_act();
BEGIN
  IF NOT a_look_is_at_a_post_below(acting_post(), an_account_id, a_post_id) THEN PERFORM refuse('a_look_is_at_a_post_below'); END IF;
  UPDATE user_session SET look_account = an_account_id, look_post = a_post_id, look_since = now()
   WHERE token_hash = a_token_hash AND account_id = acting_account() AND post_id = acting_post() AND ended_at IS NULL;
  IF NOT FOUND THEN PERFORM refuse('an_account_acts_in_a_post_it_holds'); END IF;
  INSERT INTO access_log (kind, subject, subject_id, detail) VALUES ('look begun', 'account', an_account_id, 'act ' || act);
END $$;
COMMENT ON FUNCTION begin_look(text, bigint, bigint) IS 'Lets a session see what a person sees in a post below; the act that is open holds the reason.';

CREATE FUNCTION look_of(a_token_hash text) RETURNS TABLE (account_id bigint, name text, post_id bigint, post text, level text, organisation_id bigint, organisation_code text, organisation_name text, is_over boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.id, a.name, p.id, p.level || '@' || p.organisation_code, p.level, o.id, o.code, o.name, s.look_since <= now() - interval '30 minutes' OR NOT a_look_is_at_a_post_below(s.post_id, a.id, p.id)
    FROM user_session s JOIN account a ON a.id = s.look_account JOIN post p ON p.id = s.look_post JOIN organisation o ON o.id = p.organisation_id WHERE s.token_hash = a_token_hash AND s.ended_at IS NULL
$$;
COMMENT ON FUNCTION look_of(text) IS 'With whose eyes a session looks, in which post, and whether that is over: after 30 minutes, or as soon as either of them no longer holds the post for it. No row where it does not look.';

CREATE FUNCTION end_look(a_token_hash text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO access_log (account_id, post_id, place, kind, subject, subject_id, client) SELECT account_id, post_id, coalesce(code_of('post', post_id), ''), 'look ended', 'account', look_account, client
    FROM user_session WHERE token_hash = a_token_hash AND look_since IS NOT NULL;
  UPDATE user_session SET look_account = NULL, look_post = NULL, look_since = NULL WHERE token_hash = a_token_hash AND look_since IS NOT NULL;
END $$;
COMMENT ON FUNCTION end_look(text) IS 'Ends the look of a session, where it looks with another person''s eyes; its person acts in their own post again.';

CREATE FUNCTION sign_in(login text) RETURNS TABLE (account_id bigint, password_hash text, wait_seconds int) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.id, c.password_hash, coalesce(greatest(0, ceil(extract(epoch FROM refused.last + make_interval(secs => least(300, 2 ^ least(refused.times - 4, 12))) - clock_timestamp()))), 0)::int
    FROM account a JOIN credential c ON c.account_id = a.id
    LEFT JOIN LATERAL (SELECT count(*) AS times, max(l.logged_at) AS last FROM access_log l
      WHERE l.account_id = a.id AND l.kind = 'sign-in refused' AND l.logged_at > clock_timestamp() - interval '15 minutes'
        AND l.id > coalesce((SELECT max(s.id) FROM access_log s WHERE s.account_id = a.id AND s.kind = 'sign-in'), 0)) AS refused ON refused.times > 4
   WHERE a.login = sign_in.login AND a.closed IS NULL
$$;
COMMENT ON FUNCTION sign_in(text) IS 'Password hash of an open account and the seconds to wait after more than four refusals (doubling, at most 300); no row for an unknown or closed login.';

CREATE FUNCTION log_sign_in(a_login text, succeeded boolean, a_client text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO access_log (account_id, post_id, kind, client) VALUES ((SELECT id FROM account WHERE login = a_login), NULL, CASE WHEN succeeded THEN 'sign-in' ELSE 'sign-in refused' END, a_client)
$$;
COMMENT ON FUNCTION log_sign_in(text, boolean, text) IS 'Logs a sign-in or its refusal, also for a login that does not exist.';

CREATE FUNCTION start_session(a_token_hash text, a_login text, a_client text, an_agent text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO user_session (token_hash, account_id, post_id, client, agent)
    SELECT a_token_hash, a.id, (SELECT p.id FROM tenure t JOIN post p ON p.id = t.post_id WHERE t.account_id = a.id AND p.closed IS NULL
      AND current_date BETWEEN t.since AND coalesce(t.until, current_date) ORDER BY t.since DESC, t.id LIMIT 1), a_client, left(an_agent, 200)
      FROM account a JOIN credential c ON c.account_id = a.id WHERE a.login = a_login AND a.closed IS NULL
$$;
COMMENT ON FUNCTION start_session(text, text, text, text) IS 'Opens the session of an account that has just proved its password, in the post given last.';

CREATE FUNCTION session_of(a_token_hash text) RETURNS TABLE (account_id bigint, login text, name text, post_id bigint, post text, level text, organisation_id bigint, organisation_code text, organisation_name text, sees_records boolean, looks boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  UPDATE user_session SET seen_at = now() WHERE token_hash = a_token_hash AND ended_at IS NULL
     AND seen_at BETWEEN now() - interval '30 minutes' AND now() - interval '1 minute' AND created_at > now() - interval '12 hours';
  RETURN QUERY SELECT a.id, a.login, a.name, p.id, p.level || '@' || p.organisation_code, p.level, o.id, o.code, o.name, coalesce(l.sees_records, false), s.look_since IS NOT NULL
    FROM user_session s JOIN account a ON a.id = s.account_id AND a.closed IS NULL
    LEFT JOIN post p ON p.id = s.post_id AND p.closed IS NULL AND EXISTS (SELECT FROM tenure t WHERE t.account_id = a.id AND t.post_id = p.id AND current_date BETWEEN t.since AND coalesce(t.until, current_date))
    LEFT JOIN level l ON l.code = p.level LEFT JOIN organisation o ON o.id = p.organisation_id
   WHERE s.token_hash = a_token_hash AND s.ended_at IS NULL AND s.seen_at > now() - interval '30 minutes' AND s.created_at > now() - interval '12 hours';
END $$;
COMMENT ON FUNCTION session_of(text) IS 'Who a session is and in which post, empty post columns where the tenure is over, and whether it looks with another person''s eyes; no row once it was ended, idle for 30 minutes, or 12 hours old.';

CREATE FUNCTION posts_of_session(a_token_hash text) RETURNS TABLE (post_id bigint, post text, level text, organisation_name text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.id, p.level || '@' || p.organisation_code, p.level, o.name FROM user_session s JOIN tenure t ON t.account_id = s.account_id JOIN post p ON p.id = t.post_id JOIN organisation o ON o.id = p.organisation_id
   WHERE s.token_hash = a_token_hash AND s.ended_at IS NULL AND p.closed IS NULL AND current_date BETWEEN t.since AND coalesce(t.until, current_date) ORDER BY p.organisation_code, p.level
$$;
COMMENT ON FUNCTION posts_of_session(text) IS 'The posts that the person of a session holds today.';

CREATE FUNCTION switch_post(a_token_hash text, a_post_id bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM end_look(a_token_hash);
  UPDATE user_session SET post_id = a_post_id WHERE token_hash = a_token_hash AND EXISTS (SELECT FROM posts_of_session(a_token_hash) p WHERE p.post_id = a_post_id);
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO access_log (account_id, post_id, place, kind) SELECT account_id, post_id, coalesce(code_of('post', post_id), ''), 'post switched' FROM user_session WHERE token_hash = a_token_hash;
  RETURN true;
END $$;
COMMENT ON FUNCTION switch_post(text, bigint) IS 'Lets a session act in another post that its person holds today; false where it is none of theirs.';

CREATE FUNCTION end_session(a_token_hash text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM end_look(a_token_hash);
  UPDATE user_session SET ended_at = now() WHERE token_hash = a_token_hash AND ended_at IS NULL;
  INSERT INTO access_log (account_id, post_id, place, kind, client) SELECT account_id, post_id, coalesce(code_of('post', post_id), ''), 'sign-out', client FROM user_session WHERE token_hash = a_token_hash;
END $$;
COMMENT ON FUNCTION end_session(text) IS 'Ends a session for good.';

CREATE FUNCTION set_password(an_account_id bigint, a_password_hash text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM current_act();
  IF an_account_id IS DISTINCT FROM acting_account() AND NOT installs()
     AND NOT (holds('S1', 'W') AND NOT EXISTS (SELECT FROM tenure t JOIN post p ON p.id = t.post_id JOIN level l ON l.code = p.level
       WHERE t.account_id = an_account_id AND l.technical AND current_date BETWEEN t.since AND coalesce(t.until, current_date)))
     AND NOT (holds('O9', 'W') AND starts_with(code_of('account', an_account_id), acting_station()) AND code_of('account', an_account_id) <> acting_station()) THEN
    PERFORM refuse('a_password_is_set_from_above');
  END IF;
  INSERT INTO credential (account_id, password_hash) VALUES (an_account_id, a_password_hash)
    ON CONFLICT (account_id) DO UPDATE SET password_hash = excluded.password_hash, changed_at = now();
  UPDATE user_session SET ended_at = now() WHERE account_id = an_account_id AND ended_at IS NULL AND an_account_id IS DISTINCT FROM acting_account();
END $$;
COMMENT ON FUNCTION set_password(bigint, text) IS 'Sets the password hash of one''s own account, or of one below; ends the sessions of another''s account.';

CREATE FUNCTION has_password(an_account_id bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM credential WHERE account_id = an_account_id) WHERE within_scope(code_of('account', an_account_id))
$$;
COMMENT ON FUNCTION has_password(bigint) IS 'Whether a password was ever set for an account in scope; NULL for any other. Tells nothing of the password.';

CREATE FUNCTION a_password_is_set_from_above() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION a_password_is_set_from_above() IS 'A password is set by its owner, by the superior organisation that keeps the account, or by the system administrator; that of an auditor or technical administrator only by its owner and on the server.';

CREATE FUNCTION number_is_registered(a_number text) RETURNS TABLE (registered boolean, member_id bigint) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  found_id bigint;
  found_code text;
BEGIN
  IF acting_scope() IS NULL THEN PERFORM refuse('an_account_acts_in_a_post_it_holds'); END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(id_number_18(a_number), 0));
  SELECT id, branch_code INTO found_id, found_code FROM member WHERE id_key = id_number_18(a_number) ORDER BY within_scope(branch_code) DESC LIMIT 1;
  INSERT INTO access_log (kind, subject, subject_id) VALUES ('number looked up', 'member', CASE WHEN within_scope(found_code) THEN found_id END);
  RETURN QUERY SELECT found_id IS NOT NULL, CASE WHEN within_scope(found_code) THEN found_id END;
END $$;
COMMENT ON FUNCTION number_is_registered(text) IS 'Whether an ID number is registered anywhere, with the member only inside the acting scope; every question is logged.';

CREATE FUNCTION acts_of(subject text, subject_id bigint) RETURNS TABLE (transaction_id bigint, issued_at timestamptz, account_name text, post text, organisation_name text, organisation_phone text, reason text,
  document_id bigint, document_number text, document_title text, remote_addr text) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF subject !~ '^[a-z_]+$' OR to_regclass(subject || '_version') IS NULL OR NOT coalesce(within_scope(code_of(subject, subject_id)), false) THEN RETURN; END IF;
  RETURN QUERY EXECUTE format('SELECT t.id, t.issued_at, a.name, p.level || ''@'' || p.organisation_code, o.name, o.phone, t.reason, d.id, d.number, d.title, t.remote_addr
      FROM (SELECT DISTINCT transaction_id FROM %I WHERE id = $1) v JOIN transaction t ON t.id = v.transaction_id JOIN account a ON a.id = t.account_id
      LEFT JOIN post p ON p.id = t.post_id LEFT JOIN organisation o ON o.id = p.organisation_id
      CROSS JOIN LATERAL (SELECT min(d.id) AS id, string_agg(d.number, ''；'' ORDER BY d.id) AS number, string_agg(d.title, ''；'' ORDER BY d.id) AS title FROM document d
        WHERE d.id = t.document_id OR d.id IN (SELECT e.document_id FROM evidence e WHERE e.transaction_id = t.id AND e.subject = $2 AND e.subject_id = $1)) AS d
      ORDER BY t.id', subject || '_version') USING subject_id, subject;
END $$;
COMMENT ON FUNCTION acts_of(text, bigint) IS 'The acts behind the versions of one record in scope: who, in which post, when, why, on which documents (the act''s own and the evidence for this record), from where.';

CREATE FUNCTION an_entry_is_undone_by_its_author_the_same_day() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION an_entry_is_undone_by_its_author_the_same_day() IS 'An entry is undone by the person who made it, in the same post and on the same day; later it is corrected by a new entry or report.';

CREATE FUNCTION a_later_entry_stands_on_this_one() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION a_later_entry_stands_on_this_one() IS 'The record was changed again after this entry: undo the later entry first, or correct the record.';

CREATE FUNCTION only_entries_of_members_are_undone() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION only_entries_of_members_are_undone() IS 'Only entries of members and of reports can be undone here.';

CREATE FUNCTION undo_act(an_act bigint) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  here CONSTANT bigint := current_act();
  history text;
  touched boolean;
  was member_version;
  earlier report_version;
  undone int := 0;
BEGIN
  IF NOT EXISTS (SELECT FROM transaction t WHERE t.id = an_act AND t.id < here AND t.account_id = acting_account() AND t.post_id = acting_post() AND t.issued_at::date = current_date) THEN
    PERFORM refuse('an_entry_is_undone_by_its_author_the_same_day');
  END IF;
  FOR history IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname LIKE '%\_version' AND relname NOT IN ('member_version', 'report_version') LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE transaction_id = $1)', history) INTO touched USING an_act;
    IF touched THEN PERFORM refuse('only_entries_of_members_are_undone'); END IF;
  END LOOP;
  IF EXISTS (SELECT FROM member_version v JOIN member_version l ON l.id = v.id AND l.ver > v.ver AND l.transaction_id <> v.transaction_id WHERE v.transaction_id = an_act)
     OR EXISTS (SELECT FROM report_version v JOIN report_version l ON l.id = v.id AND l.ver > v.ver AND l.transaction_id <> v.transaction_id WHERE v.transaction_id = an_act) THEN
    PERFORM refuse('a_later_entry_stands_on_this_one');
  END IF;
  PERFORM set_config('app.undoes', an_act::text, true);
  PERFORM restore_membership_spells(an_act);
  -- The papers of the undone change prove that it was none.
  INSERT INTO evidence (subject_id, field, document_id) SELECT subject_id, field, document_id FROM evidence WHERE transaction_id = an_act;
  FOR was IN SELECT DISTINCT ON (v.id) p.* FROM member_version v JOIN member_version p ON p.id = v.id AND p.transaction_id <> an_act WHERE v.transaction_id = an_act ORDER BY v.id, p.ver DESC LOOP
    PERFORM change_member(jsonb_populate_record(NULL::member, to_jsonb(was)));
    undone := undone + 1;
  END LOOP;
  UPDATE member SET status = '7', ended_by = '62', since = current_date WHERE id IN (SELECT id FROM member_version WHERE transaction_id = an_act AND ver = 1);
  undone := undone + (SELECT count(*) FROM member_version WHERE transaction_id = an_act AND ver = 1);
  FOR earlier IN SELECT DISTINCT ON (v.id) p.* FROM report_version v JOIN report_version p ON p.id = v.id AND p.transaction_id <> an_act WHERE v.transaction_id = an_act ORDER BY v.id, p.ver DESC LOOP
    UPDATE report SET (member_id, event_date, began_by, ended_by, items, facts, document_id, reported_on, state, answer, paused_on, paused_days, entry_from, report_due, entry_due, is_provisional, entered_on)
      = ROW(earlier.member_id, earlier.event_date, earlier.began_by, earlier.ended_by, earlier.items, earlier.facts, earlier.document_id, earlier.reported_on, earlier.state, earlier.answer,
        earlier.paused_on, earlier.paused_days, earlier.entry_from, earlier.report_due, earlier.entry_due, earlier.is_provisional, earlier.entered_on) WHERE id = earlier.id;
    undone := undone + 1;
  END LOOP;
  UPDATE report SET state = 'withdrawn', entered_on = NULL, paused_on = NULL WHERE id IN (SELECT id FROM report_version WHERE transaction_id = an_act AND ver = 1);
  undone := undone + (SELECT count(*) FROM report_version WHERE transaction_id = an_act AND ver = 1);
  PERFORM set_config('app.undoes', '', true);
  RETURN undone;
END $$;
COMMENT ON FUNCTION undo_act(bigint) IS 'Takes back one''s own entry of the same day by a compensating entry: members, dated memberships and reports are again as before; what the entry added is marked as recorded in error. Returns how many records it wrote.';

CREATE FUNCTION person_type_on(on_day date, a_person_type text, a_full_date date) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE WHEN a_full_date IS NOT NULL OR a_person_type = '2' THEN CASE WHEN a_full_date <= on_day THEN '1' ELSE '2' END ELSE a_person_type END;
COMMENT ON FUNCTION person_type_on(date, text, date) IS 'Full or probationary member on a day: the conversion date decides where there is one.';

CREATE FUNCTION membership_as_of(a_code text, on_day date, known_at timestamptz) RETURNS TABLE (member_id bigint, branch_id bigint, status text, person_type text, name text) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF NOT within_scope(a_code) THEN RETURN; END IF;
  RETURN QUERY SELECT m.id, s.branch_id, s.status, person_type_on(on_day, known.person_type, known.full_date),
      CASE WHEN m.branch_code >= acting_scope() AND m.branch_code < acting_scope() || '~' THEN known.name END
    FROM membership_spell s JOIN member m ON m.id = s.member_id
    -- Most members have one version, which is their row.
    LEFT JOIN LATERAL (SELECT v.name, v.person_type, v.full_date FROM member_version v JOIN transaction t ON t.id = v.transaction_id
      WHERE m.ver > 1 AND v.id = m.id AND t.issued_at <= known_at ORDER BY v.ver DESC LIMIT 1) AS v ON true
    CROSS JOIN LATERAL (SELECT CASE WHEN m.ver > 1 THEN v.name ELSE m.name END AS name, CASE WHEN m.ver > 1 THEN v.person_type ELSE m.person_type END AS person_type,
      CASE WHEN m.ver > 1 THEN v.full_date ELSE m.full_date END AS full_date) AS known
   WHERE s.branch_code >= a_code COLLATE "C" AND s.branch_code < a_code COLLATE "C" || '~' AND s.during @> on_day
     AND s.recorded_at <= known_at AND coalesce(s.replaced_at > known_at, true);
END $$;
COMMENT ON FUNCTION membership_as_of(text, date, timestamptz) IS 'Who stood in the branches of a subtree (as it is today) on a day, as it was on record at a moment: two clocks. The name only of who is still in the acting scope; for others the row remains without it.';

-- Not a door: it reads with the eyes of its caller, and dissolves into the query that asks it.
CREATE FUNCTION counted_as_of(on_day date, known_at timestamptz) RETURNS TABLE (branch_id bigint, branch_code text, is_kept boolean, is_counted boolean, is_probationary boolean) LANGUAGE sql STABLE AS $$
  SELECT s.branch_id, s.branch_code, c.is_kept, c.is_counted,
      c.is_counted AND person_type_on(on_day, CASE WHEN m.ver > 1 THEN v.person_type ELSE m.person_type END, CASE WHEN m.ver > 1 THEN v.full_date ELSE m.full_date END) = '2'
    FROM membership_spell s JOIN membership_status c ON c.code = s.status JOIN member m ON m.id = s.member_id
    LEFT JOIN LATERAL (SELECT v.person_type, v.full_date FROM member_version v JOIN transaction t ON t.id = v.transaction_id
      WHERE m.ver > 1 AND v.id = m.id AND t.issued_at <= known_at ORDER BY v.ver DESC LIMIT 1) AS v ON true
   WHERE s.during @> on_day AND s.recorded_at <= known_at AND coalesce(s.replaced_at > known_at, true)
$$;
COMMENT ON FUNCTION counted_as_of(date, timestamptz) IS 'Each membership on a day, as it was on record at a moment: its branch (with its code of today) and in which numbers it counts.';

CREATE FUNCTION branch_counts_as_of(a_code text, on_day date, known_at timestamptz) RETURNS TABLE (branch_code text, kept bigint, counted bigint, probationary bigint) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF NOT within_scope(a_code) THEN RETURN; END IF;
  RETURN QUERY SELECT c.branch_code, count(*) FILTER (WHERE c.is_kept), count(*) FILTER (WHERE c.is_counted), count(*) FILTER (WHERE c.is_probationary)
    FROM counted_as_of(on_day, known_at) c WHERE c.branch_code >= a_code COLLATE "C" AND c.branch_code < a_code COLLATE "C" || '~' GROUP BY c.branch_code;
END $$;
COMMENT ON FUNCTION branch_counts_as_of(text, date, timestamptz) IS 'Number of members of each branch of a subtree (as it is today) on a day, as it was on record at a moment; people who have left the acting scope since are counted.';

-- Not a door either. By superiors and not by codes: an order that is entered late may date a superior's code behind what was below it.
CREATE FUNCTION stood_below(a_code text, on_day date, known_at timestamptz) RETURNS TABLE (id bigint, path bigint[], under_id bigint, parent_id bigint, code text, name text, kind text, in_scope boolean) LANGUAGE sql STABLE AS $$
  WITH RECURSIVE stood AS (
    SELECT s.organisation_id AS id, s.parent_id, s.code, s.name, s.kind, within_scope(o.code) AS in_scope
      FROM organisation_spell s JOIN organisation o ON o.id = s.organisation_id
     WHERE s.during @> on_day AND s.recorded_at <= known_at AND coalesce(s.replaced_at > known_at, true)),
  below AS (
    SELECT t.*, ARRAY[t.id] AS path, NULL::bigint AS under_id FROM stood t JOIN organisation o ON o.id = t.id WHERE o.code = a_code COLLATE "C"
    UNION ALL SELECT t.*, b.path || t.id, CASE WHEN b.in_scope THEN b.id ELSE b.under_id END FROM below b JOIN stood t ON t.parent_id = b.id AND t.id <> ALL (b.path))
  SELECT b.id, b.path, b.under_id, b.parent_id, b.code, b.name, b.kind, b.in_scope FROM below b
$$;
COMMENT ON FUNCTION stood_below(text, date, timestamptz) IS 'What stood below an organisation (named by its code of today) on a day, itself included, as it was on record at a moment; with the way down to it, and the nearest superior that is in the acting scope today.';

CREATE FUNCTION organisations_as_of(a_code text, on_day date, known_at timestamptz DEFAULT now()) RETURNS TABLE (id bigint, under_id bigint, parent_id bigint, code text, name text, kind text) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF NOT within_scope(a_code) THEN RETURN; END IF;
  RETURN QUERY SELECT s.id, s.under_id, s.parent_id, s.code, s.name, s.kind FROM stood_below(a_code, on_day, known_at) s WHERE s.in_scope;
END $$;
COMMENT ON FUNCTION organisations_as_of(text, date, timestamptz) IS 'The organisations that stood below one (named by its code of today) on a day, itself included, with superior, code, name and kind of that day, as it was on record at a moment; only those in the acting scope today. under_id is the nearest superior among them.';

CREATE FUNCTION organisation_counts_as_of(a_code text, on_day date, known_at timestamptz) RETURNS TABLE (organisation_id bigint, kept bigint, counted bigint, probationary bigint) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF NOT within_scope(a_code) THEN RETURN; END IF;
  RETURN QUERY
  WITH stood AS MATERIALIZED (SELECT s.id, s.path, s.in_scope FROM stood_below(a_code, on_day, known_at) s),
  held AS (
    SELECT c.branch_id, count(*) FILTER (WHERE c.is_kept) AS kept, count(*) FILTER (WHERE c.is_counted) AS counted, count(*) FILTER (WHERE c.is_probationary) AS probationary
      FROM counted_as_of(on_day, known_at) c WHERE c.branch_id IN (SELECT t.id FROM stood t) GROUP BY c.branch_id),
  summed AS (
    SELECT superior AS id, sum(h.kept) AS kept, sum(h.counted) AS counted, sum(h.probationary) AS probationary FROM stood t JOIN held h ON h.branch_id = t.id CROSS JOIN unnest(t.path) AS superior GROUP BY 1)
  SELECT t.id, coalesce(f.kept, 0)::bigint, coalesce(f.counted, 0)::bigint, coalesce(f.probationary, 0)::bigint FROM stood t LEFT JOIN summed f ON f.id = t.id WHERE t.in_scope;
END $$;
COMMENT ON FUNCTION organisation_counts_as_of(text, date, timestamptz) IS 'Number of members below each organisation of a subtree in the structure of a day, as it was on record at a moment. Told of organisations that are in the acting scope today; what stood below them then is counted wherever it stands now.';

CREATE FUNCTION person_type_as_of(a_spell_id bigint, on_day date, known_at timestamptz) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT person_type_on(on_day, v.person_type, v.full_date) FROM membership_spell s JOIN member_version v ON v.id = s.member_id JOIN transaction t ON t.id = v.transaction_id
   WHERE s.id = a_spell_id AND within_scope(s.branch_code) AND t.issued_at <= known_at ORDER BY v.ver DESC LIMIT 1
$$;
COMMENT ON FUNCTION person_type_as_of(bigint, date, timestamptz) IS 'Full or probationary on a day, of the person of a dated membership in scope who may have left the scope since; tells nothing else of them.';

CREATE FUNCTION written_by(an_act bigint, most int) RETURNS TABLE (subject text, key text, number int) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  key_column text;
  is_open boolean;
BEGIN
  IF NOT EXISTS (SELECT FROM transaction t WHERE t.id = an_act AND ((t.place >= watched_scope() AND t.place < watched_scope() || '~') OR t.account_id = acting_account())) THEN RETURN; END IF;
  FOR subject, key_column, is_open IN
    SELECT s.table_name, a.attname, sees_accounts() OR s.reading = 'true'
      FROM table_scope s JOIN pg_index i ON i.indrelid = to_regclass(s.table_name || '_version') AND i.indisprimary JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     ORDER BY s.table_name LOOP
    RETURN QUERY EXECUTE format('SELECT %1$L::text, %2$I::text, ver FROM %3$I WHERE transaction_id = $1 AND %4$s LIMIT $2', subject, key_column, subject || '_version',
      CASE WHEN is_open THEN 'true' ELSE format('within_scope(code_of(%L, %I))', subject, key_column) END) USING an_act, most;
  END LOOP;
END $$;
COMMENT ON FUNCTION written_by(bigint, int) IS 'Which versions an act wrote, at most so many of each kind of record: kind, key and number, and nothing of what they hold. Of acts that the reader sees; of records in scope, and of all for those who watch accounts.';

CREATE FUNCTION changes_below(a_code text, since timestamptz, before_act bigint, few int, most int) RETURNS TABLE (act bigint, issued_at timestamptz, account_name text, post text, organisation_name text, reason text,
  subject text, key bigint, before int, after int) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  SET enable_seqscan = off AS $$   -- where one load wrote a whole table, its statistics call for reading all of it for each act
#variable_conflict use_column
DECLARE
  codes CONSTANT text[] := ARRAY(SELECT c.code FROM organisation o JOIN organisation_code c ON c.organisation_id = o.id WHERE o.code = a_code);
  above CONSTANT text[] := ARRAY(SELECT left(c, n) FROM unnest(codes) c, generate_series(0, length(c), 3) n);
  written text;
BEGIN
  IF NOT within_scope(a_code) THEN RETURN; END IF;
  -- What has a place in the tree, at most so many of each kind; who writes it sits there, above, or is the installer.
  -- Joins would let the planner gather all members of the place anew for each act.
  SELECT string_agg(format('(SELECT %1$L, v.id, v.ver - 1, (SELECT max(l.ver) FROM %2$I l WHERE l.id = v.id AND l.transaction_id = v.transaction_id) FROM %2$I v
      WHERE v.transaction_id = t.id AND (SELECT r.%3$I >= $1 AND r.%3$I < $1 || ''~'' FROM %1$I r WHERE r.id = v.id) AND coalesce((SELECT e.transaction_id <> v.transaction_id FROM %2$I e WHERE e.id = v.id AND e.ver = v.ver - 1), true) LIMIT greatest($2, 1))',
      table_name, table_name || '_version', substring(reading FROM '^\{(\w+)\}$')), ' UNION ALL ' ORDER BY table_name)
    INTO written FROM table_scope WHERE reading ~ '^\{\w+\}$' AND to_regclass(table_name || '_version') IS NOT NULL;
  RETURN QUERY EXECUTE format('SELECT c.id, c.issued_at, a.name, p.level || ''@'' || p.organisation_code, o.name, c.reason, c.subject, c.key, c.before, c.after
      FROM (SELECT t.*, c.* FROM transaction t CROSS JOIN LATERAL (%s LIMIT CASE WHEN $2 = 0 THEN 1 END) AS c (subject, key, before, after)
             WHERE t.issued_at >= $3 AND ($4 IS NULL OR (t.issued_at, t.id) < (SELECT b.issued_at, b.id FROM transaction b WHERE b.id = $4))
               AND (t.place = ANY ($5) OR EXISTS (SELECT FROM unnest($6) AS own WHERE starts_with(t.place, own)))
             ORDER BY t.issued_at DESC, t.id DESC LIMIT $7) AS c
      JOIN account a ON a.id = c.account_id LEFT JOIN post p ON p.id = c.post_id LEFT JOIN organisation o ON o.id = p.organisation_id
     ORDER BY c.issued_at DESC, c.id DESC, c.subject, c.key', written) USING a_code, few, since, before_act, above, codes, most;
END $$;
COMMENT ON FUNCTION changes_below(text, timestamptz, bigint, int, int) IS 'The acts that wrote records below a code in scope since a moment (before an act, for the next page), newest first: who, in which post, why, and at most a few records of each kind (0: one record in all) with the versions before and after. Ends after so many lines.';

CREATE FUNCTION version_known_at(a_member_id bigint, known_at timestamptz) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT v.ver FROM member_version v JOIN transaction t ON t.id = v.transaction_id WHERE v.id = a_member_id AND t.issued_at <= known_at ORDER BY v.ver DESC LIMIT 1
$$;
COMMENT ON FUNCTION version_known_at(bigint, timestamptz) IS 'The number of the version of a member that was on record at a moment, whoever wrote it; tells nothing of what is in it.';

CREATE FUNCTION take_job() RETURNS TABLE (id bigint, attempt int, kind text, login text, post text, client text, language text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  given_up CONSTANT timestamptz := clock_timestamp() - interval '1 minute';
  taken bigint;
BEGIN
  UPDATE job SET state = 'failed', ended_at = clock_timestamp()
   WHERE id IN (SELECT j.id FROM job j WHERE j.state = 'running' AND j.heartbeat < given_up AND j.attempts > 1 FOR UPDATE SKIP LOCKED);
  SELECT j.id INTO taken FROM job j WHERE j.state = 'queued' OR (j.state = 'running' AND j.heartbeat < given_up) ORDER BY j.id LIMIT 1 FOR UPDATE SKIP LOCKED;
  UPDATE job SET state = 'running', stage = NULL, done = 0, total = 0, attempts = attempts + 1, started_at = clock_timestamp(), heartbeat = clock_timestamp(), ended_at = NULL WHERE id = taken;
  RETURN QUERY SELECT j.id, j.attempts, j.kind, a.login, p.level || '@' || p.organisation_code, t.remote_addr, j.language
    FROM job j JOIN account a ON a.id = j.account_id JOIN post p ON p.id = j.post_id JOIN transaction t ON t.id = j.transaction_id WHERE j.id = taken;
END $$;
COMMENT ON FUNCTION take_job() IS 'Gives a worker the job that waits longest, or one whose worker has shown no life for a minute, with the person and post it is done as; tells nothing of what is in it. After two attempts such a job has failed.';

CREATE FUNCTION tell_job(a_job_id bigint, an_attempt int, a_stage text, a_done int, a_total int) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE job SET stage = a_stage, done = a_done, total = a_total, heartbeat = clock_timestamp()
   WHERE id IN (SELECT id FROM job WHERE id = a_job_id AND attempts = an_attempt AND state = 'running' FOR UPDATE SKIP LOCKED);
  RETURN FOUND OR EXISTS (SELECT FROM job WHERE id = a_job_id AND attempts = an_attempt AND state = 'running');   -- the transaction of the work itself may hold the row just now
END $$;
COMMENT ON FUNCTION tell_job(bigint, int, text, int, int) IS 'A worker''s sign of life and how far it has come; false where the job is no longer its own, so that it must stop.';

CREATE FUNCTION end_job(a_job_id bigint, an_attempt int, a_state text, a_sentence text DEFAULT NULL, a_result jsonb DEFAULT NULL, an_answer bytea DEFAULT NULL, keeps_answer boolean DEFAULT false) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  keeps boolean;
BEGIN
  -- What a check found stays for the next attempt.
  keeps := a_state IN ('queued', 'failed');
  UPDATE job SET state = a_state, sentence = a_sentence, result = CASE WHEN keeps THEN result ELSE a_result END,
         rows_read = CASE WHEN keeps THEN rows_read ELSE (a_result->>'read')::int END, rows_accepted = CASE WHEN keeps THEN rows_accepted ELSE (a_result->>'accepted')::int END,
         rows_refused = CASE WHEN keeps THEN rows_refused ELSE (a_result->>'refused')::int END, file_out = CASE WHEN keeps OR keeps_answer THEN file_out ELSE an_answer END,
         file_in = CASE WHEN a_state = 'refused' OR (a_state = 'done' AND kind = 'import') THEN NULL ELSE file_in END,
         ended_at = CASE WHEN a_state <> 'queued' THEN clock_timestamp() END, attempts = attempts - (a_state = 'queued')::int
   WHERE id = a_job_id AND attempts = an_attempt AND state = 'running' AND a_state IN ('queued', 'done', 'failed', 'refused');
  IF NOT FOUND THEN PERFORM refuse('a_job_is_ended_by_its_worker'); END IF;
END $$;
COMMENT ON FUNCTION end_job(bigint, int, text, text, jsonb, bytea, boolean) IS 'Ends a job with its result, or puts it back in the queue; called in the transaction of the work itself, so that the work and its end are one.';

CREATE FUNCTION a_job_is_ended_by_its_worker() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION a_job_is_ended_by_its_worker() IS 'This job was given to another worker in the meantime; nothing was written.';

CREATE FUNCTION continue_job(a_job_id bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM current_act();
  UPDATE job SET kind = CASE WHEN state = 'done' THEN 'import' ELSE kind END, state = 'queued', attempts = 0, stage = NULL, done = 0, total = 0, ended_at = NULL
   WHERE id = a_job_id AND account_id = acting_account() AND post_id = acting_post() AND file_in IS NOT NULL AND handled_at IS NULL
     AND ((state = 'done' AND kind = 'import check') OR state = 'failed');
  IF NOT FOUND THEN PERFORM refuse('a_job_goes_on_from_its_check'); END IF;
END $$;
COMMENT ON FUNCTION continue_job(bigint) IS 'The named button after a check: the person lets their own job write. A failed job is tried once more.';

CREATE FUNCTION a_job_goes_on_from_its_check() RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
COMMENT ON FUNCTION a_job_goes_on_from_its_check() IS 'This import is already on its way, has ended or was put aside; upload the workbook again.';

CREATE FUNCTION put_job_aside(a_job_id bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM current_act();
  UPDATE job SET handled_at = clock_timestamp(), file_in = NULL
   WHERE id = a_job_id AND account_id = acting_account() AND post_id = acting_post() AND state IN ('done', 'failed', 'refused') AND handled_at IS NULL;
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION put_job_aside(bigint) IS 'The person has dealt with their own job: it no longer waits for them, and what it has not written it never will.';

CREATE FUNCTION empty_old_jobs() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  emptied int;
BEGIN
  UPDATE job SET file_in = NULL, file_out = NULL, result = result - '{refusals,gone,come}'::text[], emptied_at = clock_timestamp()
   WHERE emptied_at IS NULL AND state IN ('done', 'failed', 'refused') AND ended_at < clock_timestamp() - interval '30 days';
  GET DIAGNOSTICS emptied = ROW_COUNT;
  RETURN emptied;
END $$;
COMMENT ON FUNCTION empty_old_jobs() IS 'Empties what jobs that ended 30 days ago hold of people: both files, the refused rows and the changes of an order that was refused; their figures stay.';

-- A superior's post changes a key field, and those who keep the member must see by whom: more than their own eyes reach.
CREATE FUNCTION key_change_of(a_member_id bigint, an_act bigint, a_field text, OUT was text, OUT becomes text, OUT before int, OUT after int, OUT documents text,
  OUT account_name text, OUT level text, OUT organisation_name text, OUT reason text) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  o member_version;
  n member_version;
BEGIN
  SELECT v.* INTO n FROM member_version v WHERE v.id = a_member_id AND v.transaction_id = an_act ORDER BY v.ver DESC LIMIT 1;
  IF n.id IS NULL OR NOT within_scope(code_of('member', a_member_id)) THEN RETURN; END IF;
  SELECT v.* INTO o FROM member_version v WHERE v.id = a_member_id AND v.ver < n.ver AND v.transaction_id <> an_act ORDER BY v.ver DESC LIMIT 1;
  was := CASE a_field WHEN 'birth_date' THEN o.birth_date::text WHEN 'join_date' THEN o.join_date::text WHEN 'full_date' THEN o.full_date::text WHEN 'id_number' THEN id_number_masked(o.id_number) END;
  becomes := CASE a_field WHEN 'birth_date' THEN n.birth_date::text WHEN 'join_date' THEN n.join_date::text WHEN 'full_date' THEN n.full_date::text WHEN 'id_number' THEN id_number_masked(n.id_number) END;
  before := o.ver;
  after := n.ver;
  SELECT string_agg(concat_ws(' ', d.number, d.title), '；' ORDER BY d.id) INTO documents FROM evidence e JOIN document d ON d.id = e.document_id
   WHERE e.subject_id = a_member_id AND e.transaction_id = an_act AND e.field = a_field;
  SELECT a.name, p.level, org.name, t.reason INTO account_name, level, organisation_name, reason
    FROM transaction t JOIN account a ON a.id = t.account_id LEFT JOIN post p ON p.id = t.post_id LEFT JOIN organisation org ON org.id = p.organisation_id WHERE t.id = an_act;
END $$;
COMMENT ON FUNCTION key_change_of(bigint, bigint, text) IS 'What an act made of a key field of a member in scope, on which documents, and who did it in which post; numbers masked; nothing for a member outside the scope.';

CREATE FUNCTION newest_document(a_document_id bigint) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE newer AS (
    SELECT a_document_id AS id UNION ALL SELECT d.id FROM newer n JOIN document d ON d.supersedes = n.id)
  SELECT max(id) FROM newer
$$;
COMMENT ON FUNCTION newest_document(bigint) IS 'The document that superseded another one last, itself where none did; tells only its key.';

CREATE FUNCTION document_has_scan(a_document_id bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN EXISTS (SELECT FROM document WHERE id IN (a_document_id, newest_document(a_document_id)) AND sha256 IS NOT NULL);
COMMENT ON FUNCTION document_has_scan(bigint) IS 'Whether the file of a document is there, or that of the one which superseded it, whoever keeps them; tells nothing else of it.';

CREATE FUNCTION key_changes_without_evidence(a_code text, since timestamptz, until timestamptz) RETURNS TABLE (member_id bigint, field text, after int) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT n.id, f.name, n.ver
    FROM transaction t JOIN member_version n ON n.transaction_id = t.id AND n.ver > 1 JOIN member_version o ON o.id = n.id AND o.ver = n.ver - 1 JOIN member m ON m.id = n.id
    CROSS JOIN LATERAL (VALUES ('birth_date', o.birth_date IS DISTINCT FROM n.birth_date), ('join_date', o.join_date IS DISTINCT FROM n.join_date),
      ('full_date', o.full_date IS DISTINCT FROM n.full_date), ('id_number', o.id_number IS DISTINCT FROM n.id_number)) AS f (name, differs)
   WHERE f.differs AND (o.birth_date, o.join_date, o.full_date, o.id_number) IS DISTINCT FROM (n.birth_date, n.join_date, n.full_date, n.id_number)
     AND m.branch_code >= acting_scope() AND m.branch_code < acting_scope() || '~' AND m.branch_code >= a_code COLLATE "C" AND m.branch_code < a_code COLLATE "C" || '~'
     AND t.issued_at >= key_changes_without_evidence.since AND t.issued_at < key_changes_without_evidence.until
     AND NOT EXISTS (SELECT FROM evidence e WHERE e.subject_id = n.id AND e.transaction_id = n.transaction_id AND e.field = f.name);
END $$;
COMMENT ON FUNCTION key_changes_without_evidence(text, timestamptz, timestamptz) IS 'Changes of key fields of members in scope, below a code and in a period (from, before), for which no document was named, compared version by version: always none, unless somebody went around key_fields_rest_on_evidence.';

CREATE VIEW key_change WITH (security_invoker) AS
  SELECT e.id, e.written_at AS changed_at, e.subject_id AS member_id, m.branch_id, m.branch_code, e.field, (c.told).was, (c.told).becomes, (c.told).documents,
         EXISTS (SELECT FROM evidence x WHERE (x.subject_id, x.transaction_id, x.field) = (e.subject_id, e.transaction_id, e.field) AND document_has_scan(x.document_id)) AS has_scan,
         e.account_id, (c.told).account_name, (c.told).level, (c.told).organisation_name, (c.told).reason, e.transaction_id, (c.told).before, (c.told).after
    -- OFFSET 0 keeps it one call for a row, and none where only rows are counted.
    FROM evidence e JOIN member m ON m.id = e.subject_id CROSS JOIN LATERAL (SELECT key_change_of(e.subject_id, e.transaction_id, e.field) AS told OFFSET 0) AS c
   WHERE NOT EXISTS (SELECT FROM evidence x WHERE (x.subject_id, x.transaction_id, x.field) = (e.subject_id, e.transaction_id, e.field) AND x.id < e.id)
     AND (SELECT true FROM member_version x WHERE x.id = e.subject_id AND x.transaction_id = e.transaction_id AND x.ver > 1 LIMIT 1);   -- a paper filed without a change is none
COMMENT ON VIEW key_change IS 'Key-field changes: each change of birth date, joining date, conversion date or ID number of a member in scope, with its documents and its act, whoever made it. Reads with the eyes of the reader; what lies beyond them comes through key_change_of.';
COMMENT ON COLUMN key_change.id IS 'Key: of the first evidence';
COMMENT ON COLUMN key_change.changed_at IS 'Changed at';
COMMENT ON COLUMN key_change.member_id IS 'Member';
COMMENT ON COLUMN key_change.branch_id IS 'Branch: where the member is on the roll now';
COMMENT ON COLUMN key_change.branch_code IS 'Branch code';
COMMENT ON COLUMN key_change.field IS 'Key field';
COMMENT ON COLUMN key_change.was IS 'Was';
COMMENT ON COLUMN key_change.becomes IS 'Is now';
COMMENT ON COLUMN key_change.documents IS 'Documents: number and title of the evidence';
COMMENT ON COLUMN key_change.has_scan IS 'With scan: at least one of the documents has its file';
COMMENT ON COLUMN key_change.account_id IS 'Account';
COMMENT ON COLUMN key_change.account_name IS 'Who';
COMMENT ON COLUMN key_change.level IS 'In which post';
COMMENT ON COLUMN key_change.organisation_name IS 'Of which organisation';
COMMENT ON COLUMN key_change.reason IS 'Reason';
COMMENT ON COLUMN key_change.transaction_id IS 'Act';
COMMENT ON COLUMN key_change.before IS 'Version before';
COMMENT ON COLUMN key_change.after IS 'Version after';
GRANT SELECT ON key_change TO partyadmin_app;

-- What a merger, a division or a downgrade made of what; the eyes of the reader decide which orders it is told from.
CREATE VIEW lineage WITH (security_invoker) AS
  SELECT o.id AS order_id, o.kind, o.effective_on, CASE o.kind WHEN 'merge' THEN l.organisation_id ELSE o.organisation_id END AS predecessor_id,
         CASE o.kind WHEN 'merge' THEN o.organisation_id ELSE l.organisation_id END AS successor_id
    FROM change_order o JOIN change_line l ON l.order_id = o.id AND NOT l.dropped WHERE o.state = 'applied' AND o.kind IN ('merge', 'split', 'upgrade')
  UNION ALL
  SELECT o.id, o.kind, o.effective_on, v.id, o.organisation_id
    FROM change_order o JOIN organisation_version v ON v.transaction_id = o.applied_in AND v.id <> o.organisation_id AND v.ended IS NOT NULL WHERE o.state = 'applied' AND o.kind = 'downgrade';
COMMENT ON VIEW lineage IS 'Which organisation came out of which, by an applied change order.';
COMMENT ON COLUMN lineage.order_id IS 'Change order';
COMMENT ON COLUMN lineage.kind IS 'Kind of change';
COMMENT ON COLUMN lineage.effective_on IS 'Takes effect on';
COMMENT ON COLUMN lineage.predecessor_id IS 'Predecessor';
COMMENT ON COLUMN lineage.successor_id IS 'Successor';

CREATE VIEW past_member WITH (security_invoker) AS
  SELECT s.member_id AS id, s.branch_id, s.branch_code, s.status, lower(s.during) AS since, upper(s.during) AS until, s.began_by, s.ended_by, m.id IS NULL AS has_left,
         (SELECT b.name FROM organisation_spell b WHERE b.organisation_id = s.branch_id AND b.during @> looked_at_day() AND b.recorded_at <= looked_at_as_known() AND coalesce(b.replaced_at > looked_at_as_known(), true)) AS branch_then,   -- asked row by row: most lists do not show it
         (SELECT b.code FROM organisation_spell b WHERE b.organisation_id = s.branch_id AND b.during @> looked_at_day() AND b.recorded_at <= looked_at_as_known() AND coalesce(b.replaced_at > looked_at_as_known(), true)) AS branch_code_then,
         known.name, known.sex, known.ethnicity, known.id_number, known.birth_date, known.birth_date_text, known.education, CASE WHEN m.id IS NULL THEN person_type_as_of(s.id, looked_at_day(), looked_at_as_known()) ELSE person_type_on(looked_at_day(), known.person_type, known.full_date) END AS person_type, known.join_date, known.join_date_text, known.full_date, known.full_date_text, known.job_post, known.mobile, known.landline, known.address, known.lost, known.lost_month, known.is_mobile, known.destination, known.destination_text, known.new_social_stratum, known.remark
    FROM membership_spell s LEFT JOIN member m ON m.id = s.member_id
    -- The row itself tells what is known now; else the last version of then. Who has left the reader's scope has neither.
    LEFT JOIN LATERAL (
      SELECT m.name, m.sex, m.ethnicity, m.id_number, m.birth_date, m.birth_date_text, m.education, m.person_type, m.join_date, m.join_date_text, m.full_date, m.full_date_text, m.job_post, m.mobile, m.landline, m.address, m.lost, m.lost_month, m.is_mobile, m.destination, m.destination_text, m.new_social_stratum, m.remark WHERE m.ver = 1 OR looked_at_as_known() = 'infinity'
      UNION ALL (SELECT v.name, v.sex, v.ethnicity, v.id_number, v.birth_date, v.birth_date_text, v.education, v.person_type, v.join_date, v.join_date_text, v.full_date, v.full_date_text, v.job_post, v.mobile, v.landline, v.address, v.lost, v.lost_month, v.is_mobile, v.destination, v.destination_text, v.new_social_stratum, v.remark FROM member_version v
        WHERE v.id = m.id AND m.ver > 1 AND looked_at_as_known() < 'infinity' AND v.ver = version_known_at(m.id, looked_at_as_known()))) AS known ON true
   WHERE s.during @> looked_at_day() AND s.recorded_at <= looked_at_as_known() AND coalesce(s.replaced_at > looked_at_as_known(), true);
COMMENT ON VIEW past_member IS 'Members on a day: who stood in which branch on looked_at_day(), as it was on record at looked_at_as_known(). Reads with the eyes of the reader: who has left their scope since is a row without a person.';
COMMENT ON COLUMN past_member.has_left IS 'Has left this scope since';
COMMENT ON COLUMN past_member.branch_then IS 'Branch on that day: its name then';
COMMENT ON COLUMN past_member.branch_code_then IS 'Branch code on that day';
COMMENT ON COLUMN past_member.until IS 'Until: the first day on which it was otherwise; empty while it holds';
DO $$
DECLARE
  told record;
BEGIN
  FOR told IN SELECT p.attname, col_description('member'::regclass, m.attnum) AS words FROM pg_attribute p JOIN pg_attribute m ON m.attrelid = 'member'::regclass AND m.attname = p.attname WHERE p.attrelid = 'past_member'::regclass LOOP
    EXECUTE format('COMMENT ON COLUMN past_member.%I IS %L', told.attname, told.words);
  END LOOP;
END $$;
GRANT SELECT ON past_member, lineage TO partyadmin_app;
CREATE VIEW owed_scan WITH (security_barrier) AS
  SELECT min(p.id) AS id, d.id AS document_id, d.kind, d.number, d.title, d.dated, m.branch_id, m.branch_code, count(DISTINCT m.id) AS members, min(p.written_at) AS owed_since
    FROM document d JOIN evidence p ON p.document_id = d.id JOIN member m ON m.id = p.subject_id
   WHERE d.sha256 IS NULL AND NOT document_has_scan(d.id) AND m.branch_code >= acting_scope() AND m.branch_code < acting_scope() || '~'
   GROUP BY d.id, m.branch_id, m.branch_code;
COMMENT ON VIEW owed_scan IS 'Documents without a scan behind changes of key fields, branch by branch, inside the acting scope, whoever keeps the document.';
COMMENT ON COLUMN owed_scan.id IS 'Key: of the first evidence';
COMMENT ON COLUMN owed_scan.document_id IS 'Document';
COMMENT ON COLUMN owed_scan.kind IS 'Kind of document';
COMMENT ON COLUMN owed_scan.number IS 'Document number';
COMMENT ON COLUMN owed_scan.title IS 'Title';
COMMENT ON COLUMN owed_scan.dated IS 'Document date';
COMMENT ON COLUMN owed_scan.branch_id IS 'Branch';
COMMENT ON COLUMN owed_scan.branch_code IS 'Branch code';
COMMENT ON COLUMN owed_scan.members IS 'Members: whose changes rest on it';
COMMENT ON COLUMN owed_scan.owed_since IS 'Missing since';

CREATE VIEW organisation_directory WITH (security_barrier) AS
  SELECT o.id, o.code, o.name, o.kind, o.phone FROM organisation o JOIN organisation_kind k ON k.code = o.kind
   WHERE o.ended IS NULL AND acting_account() IS NOT NULL AND (o.can_admit OR k.keeps_itself OR starts_with(acting_station(), o.code));
COMMENT ON VIEW organisation_directory IS 'Organisation directory: the committees that may receive members and one''s own superiors; the only organisation data readable outside one''s subtree.';
COMMENT ON COLUMN organisation_directory.id IS 'Key';
COMMENT ON COLUMN organisation_directory.code IS 'Organisation code';
COMMENT ON COLUMN organisation_directory.name IS 'Organisation name';
COMMENT ON COLUMN organisation_directory.kind IS 'Kind of organisation';
COMMENT ON COLUMN organisation_directory.phone IS 'Office telephone';

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO partyadmin_app, keeper;

-- The list of doors: every SECURITY DEFINER function belongs to keeper, and there is no other.
DO $$
DECLARE
  door regprocedure;
BEGIN
  FOR door IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', door);
    EXECUTE format('ALTER FUNCTION %s OWNER TO keeper', door);
  END LOOP;
END $$;
ALTER VIEW organisation_directory OWNER TO keeper;
ALTER VIEW owed_scan OWNER TO keeper;
SET ROLE keeper;
DO $$
DECLARE
  door regprocedure;
BEGIN
  FOR door IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO partyadmin_app, partyadmin_owner', door);
  END LOOP;
END $$;
GRANT SELECT ON organisation_directory, owed_scan TO partyadmin_app, partyadmin_owner;
SET ROLE partyadmin_owner;
REVOKE CREATE ON SCHEMA public FROM keeper;

-- ====================================================================================================================
-- 13  functions for readers
-- ====================================================================================================================

CREATE FUNCTION members_below(a_code text) RETURNS TABLE (kept bigint, counted bigint, probationary bigint) LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(kept), 0), coalesce(sum(counted), 0), coalesce(sum(probationary), 0) FROM branch_count WHERE branch_code >= a_code COLLATE "C" AND branch_code < a_code COLLATE "C" || '~'
$$;
COMMENT ON FUNCTION members_below(text) IS 'Number of members in a subtree, inside the acting scope, from the counts of its branches.';
GRANT EXECUTE ON FUNCTION members_below(text) TO partyadmin_app;

CREATE FUNCTION roster_as_of(a_branch_id bigint, on_day date, known_at timestamptz DEFAULT now()) RETURNS TABLE (member_id bigint, branch_id bigint, status text, person_type text, name text) LANGUAGE sql STABLE AS $$
  SELECT a.* FROM organisation o CROSS JOIN membership_as_of(o.code, on_day, known_at) a JOIN membership_status s ON s.code = a.status WHERE o.id = a_branch_id AND s.is_kept
$$;
COMMENT ON FUNCTION roster_as_of(bigint, date, timestamptz) IS 'The roll of a branch on a day, as it was on record at a moment; suspended members included.';
GRANT EXECUTE ON FUNCTION roster_as_of(bigint, date, timestamptz) TO partyadmin_app;

CREATE FUNCTION members_below_as_of(a_code text, on_day date, known_at timestamptz DEFAULT now()) RETURNS TABLE (kept bigint, counted bigint, probationary bigint) LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(kept), 0)::bigint, coalesce(sum(counted), 0)::bigint, coalesce(sum(probationary), 0)::bigint FROM branch_counts_as_of(a_code, on_day, known_at)
$$;
COMMENT ON FUNCTION members_below_as_of(text, date, timestamptz) IS 'Number of members in a subtree (as it is today) on a day, as it was on record at a moment.';
GRANT EXECUTE ON FUNCTION members_below_as_of(text, date, timestamptz) TO partyadmin_app;

CREATE FUNCTION members_then_below_as_of(a_code text, on_day date, known_at timestamptz DEFAULT now()) RETURNS TABLE (kept bigint, counted bigint, probationary bigint) LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(c.kept), 0)::bigint, coalesce(sum(c.counted), 0)::bigint, coalesce(sum(c.probationary), 0)::bigint
    FROM organisation o JOIN organisation_counts_as_of(a_code, on_day, known_at) c ON c.organisation_id = o.id WHERE o.code = a_code COLLATE "C"
$$;
COMMENT ON FUNCTION members_then_below_as_of(text, date, timestamptz) IS 'Number of members in what stood below an organisation on a day, in the structure of that day, as it was on record at a moment.';
GRANT EXECUTE ON FUNCTION members_then_below_as_of(text, date, timestamptz) TO partyadmin_app;

CREATE FUNCTION member_as_of(a_member_id bigint, on_day date, known_at timestamptz DEFAULT now()) RETURNS member_version LANGUAGE sql STABLE AS $$
  SELECT jsonb_populate_record(v.known, jsonb_build_object('branch_id', s.branch_id, 'branch_code', o.code, 'status', s.status, 'since', lower(s.during), 'began_by', s.began_by, 'ended_by', s.ended_by,
      'person_type', person_type_on(on_day, (v.known).person_type, (v.known).full_date)))
    FROM membership_spell s JOIN organisation o ON o.id = s.branch_id
    JOIN LATERAL (SELECT x AS known FROM member_version x WHERE x.id = a_member_id AND x.ver = version_known_at(a_member_id, known_at)) AS v ON true
   WHERE s.member_id = a_member_id AND s.during @> on_day AND s.recorded_at <= known_at AND coalesce(s.replaced_at > known_at, true)
$$;
COMMENT ON FUNCTION member_as_of(bigint, date, timestamptz) IS 'A member on a day, as it was on record at a moment: branch, status and type as true on the day, the other items as known at the moment; NULL where they stood in no branch.';
GRANT EXECUTE ON FUNCTION member_as_of(bigint, date, timestamptz) TO partyadmin_app;

CREATE FUNCTION everything_is_written_until() RETURNS timestamptz LANGUAGE sql STABLE
RETURN (SELECT least(now(), min(xact_start)) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL);
COMMENT ON FUNCTION everything_is_written_until() IS 'The moment before which every act of the application has ended: a long one that is still writing bears the time of its beginning.';
GRANT EXECUTE ON FUNCTION everything_is_written_until() TO partyadmin_app;

CREATE FUNCTION report_holder(a_state text, by_branch boolean, a_branch_id bigint) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT name FROM organisation WHERE id = holder), (SELECT name FROM organisation_directory WHERE id = holder))
    FROM (SELECT CASE WHEN a_state IN ('entered', 'withdrawn') THEN NULL WHEN a_state = 'returned' AND by_branch THEN a_branch_id ELSE maintainer(a_branch_id) END) AS h (holder)
$$;
COMMENT ON FUNCTION report_holder(text, boolean, bigint) IS 'The name of the organisation that has to do the next step of a report, as far as the reader may know it; NULL once it is settled.';
GRANT EXECUTE ON FUNCTION report_holder(text, boolean, bigint) TO partyadmin_app;

CREATE FUNCTION term_that_is_over(status text, person_type text, join_date date, probation_until date, since date, today date) RETURNS text LANGUAGE sql STABLE
RETURN CASE WHEN status = '2' AND since <= add_months(today, - limit_on('suspension', today)) THEN 'suspension'
  WHEN person_type = '2' AND coalesce(status, '1') IN ('1', '2') AND coalesce(probation_until, add_months(join_date, 12)) <= today THEN 'probation' END;
COMMENT ON FUNCTION term_that_is_over(text, text, date, date, date, date) IS 'Which term of a member is over on a day: the suspension after its 24 months, or the probation with its extension; NULL where none is.';
GRANT EXECUTE ON FUNCTION term_that_is_over(text, text, date, date, date, date) TO partyadmin_app;

CREATE FUNCTION waiting_below(a_code text, today date) RETURNS TABLE (matter text, code text, number bigint) LANGUAGE sql STABLE AS $$
  WITH waiting AS (
    SELECT 'incomplete' AS matter, branch_code AS code, incomplete::bigint AS number FROM branch_count
     WHERE branch_code >= a_code COLLATE "C" AND branch_code < a_code COLLATE "C" || '~' AND incomplete > 0
    UNION ALL SELECT 'probation over', m.branch_code, count(*) FROM member m JOIN membership_status s ON s.code = coalesce(m.status, '1')
     WHERE m.branch_code >= a_code COLLATE "C" AND m.branch_code < a_code COLLATE "C" || '~' AND m.person_type = '2' AND m.join_date <= add_months(today, -12) AND coalesce(m.probation_until <= today, true) AND s.is_kept GROUP BY m.branch_code
    UNION ALL SELECT 'suspension over', m.branch_code, count(*) FROM member m
     WHERE m.status = '2' AND m.branch_code >= a_code COLLATE "C" AND m.branch_code < a_code COLLATE "C" || '~' AND m.since <= add_months(today, - limit_on('suspension', today)) GROUP BY m.branch_code
    UNION ALL SELECT CASE WHEN r.state = 'returned' THEN 'report returned' WHEN r.entry_due < today AND r.state <> 'paused' THEN 'report overdue' ELSE 'report open' END, r.branch_code, count(*) FROM report r
     WHERE r.branch_code >= a_code COLLATE "C" AND r.branch_code < a_code COLLATE "C" || '~' AND r.state IN ('reported', 'accepted', 'paused', 'returned', 'questioned') GROUP BY 1, 2
    UNION ALL SELECT CASE WHEN c.entry_due < today THEN 'order overdue' ELSE 'order open' END, c.maker_code, count(*) FROM change_order c
     WHERE c.maker_code >= a_code COLLATE "C" AND c.maker_code < a_code COLLATE "C" || '~' AND c.state = 'draft' GROUP BY 1, 2
    UNION ALL SELECT 'scan missing', s.branch_code, count(*) FROM owed_scan s WHERE s.branch_code >= a_code COLLATE "C" AND s.branch_code < a_code COLLATE "C" || '~' GROUP BY s.branch_code
    UNION ALL SELECT 'administrator missing', o.code, 1 FROM organisation o JOIN organisation_kind k ON k.code = o.kind
     WHERE o.code >= a_code COLLATE "C" AND o.code < a_code COLLATE "C" || '~' AND o.ended IS NULL AND (k.keeps_itself OR o.can_admit)
       AND NOT EXISTS (SELECT FROM post p JOIN tenure t ON t.post_id = p.id JOIN level l ON l.code = p.level
         WHERE p.organisation_id = o.id AND p.closed IS NULL AND NOT l.technical AND today BETWEEN t.since AND coalesce(t.until, today)))
  SELECT w.matter, left(w.code, length(a_code) + 3), sum(w.number)::bigint FROM waiting w GROUP BY 1, 2
$$;
COMMENT ON FUNCTION waiting_below(text, date) IS 'What waits in a subtree, inside the acting scope, by the organisation directly below its top: members to be completed, terms that are over, reports and change orders with their clocks, missing scans, keeping committees without an administrator.';
GRANT EXECUTE ON FUNCTION waiting_below(text, date) TO partyadmin_app;

-- ====================================================================================================================
-- Last: words for the keys that speak for themselves
-- ====================================================================================================================

DO $$
DECLARE
  c record;
BEGIN
  FOR c IN SELECT conname, conrelid::regclass AS subject, contype, confrelid::regclass AS target FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'f') AND obj_description(oid, 'pg_constraint') IS NULL LOOP
    EXECUTE format('COMMENT ON CONSTRAINT %I ON %s IS %L', c.conname, c.subject,
      CASE c.contype WHEN 'p' THEN 'Identifies one row.' ELSE 'The value must be one of the table ' || c.target || '.' END);
  END LOOP;
END $$;
