package dev.jerboa.gateway.dialect.conversation;

import dev.jerboa.gateway.dialect.wire.Members;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Collects the settings of a request, with the names by which the client knows them; a later one counts. One thread. */
public final class SettingReader {
    private final Map<Setting, Object> values = new EnumMap<>(Setting.class);
    private final Map<Setting, String> names = new EnumMap<>(Setting.class);
    private final Members members;

    public SettingReader(Members members) {
        this.members = members;
    }

    public void number(Setting setting, String name) {
        Number number = members.number(name);
        if (number != null) {
            put(setting, name, number);
        }
    }

    public void whole(Setting setting, String name) {
        Long number = members.whole(name);
        if (number != null) {
            put(setting, name, number);
        }
    }

    public void text(Setting setting, String name) {
        String text = members.text(name);
        if (!text.isEmpty()) {
            put(setting, name, text);
        }
    }

    public void flag(Setting setting, String name) {
        Boolean flag = members.flag(name);
        if (flag != null) {
            put(setting, name, flag);
        }
    }

    public void texts(Setting setting, String name) {
        List<String> texts = members.texts(name);
        if (!texts.isEmpty()) {
            put(setting, name, texts);
        }
    }

    public void object(Setting setting, String name) {
        Members object = members.object(name);
        if (object != null && !object.all().isEmpty()) {
            put(setting, name, object.all());
        }
    }

    private void put(Setting setting, String name, Object value) {
        set(setting, value, members.path(name));
    }

    /** Sets what was read elsewhere. */
    public void set(Setting setting, Object value, String path) {
        values.put(setting, value);
        names.put(setting, path);
    }

    /** Forgets a setting where it has a value that says no more than none. */
    public void dropWhere(Setting setting, Object value) {
        if (value.equals(values.get(setting))) {
            values.remove(setting);
        }
    }

    public Map<Setting, Object> values() {
        return values;
    }

    public Map<Setting, String> names() {
        return names;
    }
}
